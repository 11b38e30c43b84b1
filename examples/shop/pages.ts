import type { FastifyReply } from 'fastify'
import type { ListedSession } from 'fastify-typed-session'
import { totalOf, type Line, type Tea } from './goods.ts'
import { html, type Html } from './html.ts'
import type { User } from './users.ts'

interface Visitor {
  readonly userId: string | undefined
  readonly isAdmin: boolean
  readonly inCart: number
  readonly flash: string | undefined
}

export function page (title: string, content: Html, visitor?: Visitor): Html {
  return html`<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <title>${title} – Leaf &amp; Kettle</title>
  <link rel="stylesheet" href="/style.css">
</head>
<body>
  <header>
    <a class="brand" href="/">Leaf &amp; Kettle</a>
    ${visitor && navigation(visitor)}
  </header>
  <main>
    ${visitor?.flash !== undefined && html`<p class="flash" role="status">${visitor.flash}</p>`}
    ${content}
  </main>
</body>
</html>
`
}

function navigation ({ userId, isAdmin, inCart }: Visitor): Html {
  return html`<nav>
      <a href="/cart">Cart${inCart > 0 && html` <span class="count">${inCart}</span>`}</a>
      ${isAdmin && html`<a href="/admin">Administration</a>`}
      ${userId === undefined
        ? html`<a href="/login">Log in</a>`
        : html`<a href="/account">Account</a> <form method="post" action="/logout"><button class="link">Log out</button></form>`}
    </nav>`
}

export async function sendPage (reply: FastifyReply, page: Html) {
  return await reply.type('text/html; charset=utf-8').send(page.text)
}

export function shopPage (teas: readonly Tea[]): Html {
  return html`<h1>Teas</h1>
    <ul class="teas">${teas.map(({ id, name, note, price }) => html`
      <li class="card">
        <span class="tin ${id}" aria-hidden="true"></span>
        <h2>${name}</h2>
        <p class="note">${note}</p>
        <p class="price">${euros(price)} <small>100 g</small></p>
        <form method="post" action="/cart/add"><button name="tea" value="${id}" aria-label="Put ${name} in the cart">Put in the cart</button></form>
      </li>`)}
    </ul>`
}

export function cartPage (lines: readonly Line[]): Html {
  if (lines.length === 0) return html`<h1>Your cart</h1><p>It is empty. <a href="/">Look at the teas</a></p>`
  return html`<h1>Your cart</h1>
    <table>
      <thead><tr><th>Tea</th><th>Count</th><th>Price</th><th></th></tr></thead>
      <tbody>${lines.map(({ tea, count }) => html`
        <tr><td>${tea.name}</td><td>${count}</td><td>${euros(tea.price * count)}</td>
          <td><form method="post" action="/cart/remove"><button class="link" name="tea" value="${tea.id}">Remove</button></form></td></tr>`)}
      </tbody>
      <tfoot><tr><td>Total</td><td></td><td>${euros(totalOf(lines))}</td><td></td></tr></tfoot>
    </table>
    <form method="post" action="/order"><button class="primary">Order</button></form>`
}

export function loginPage ({ email = '', next, problem }: { email?: string, next: string, problem?: string }): Html {
  return html`<h1>Log in</h1>
    ${problem !== undefined && html`<p class="problem" role="alert">${problem}</p>`}
    <form class="card narrow" method="post" action="/login">
      <input type="hidden" name="next" value="${next}">
      <label>Email <input type="email" name="email" value="${email}" autocomplete="username" required></label>
      <label>Password <input type="password" name="password" autocomplete="current-password" required></label>
      <label class="check"><input type="checkbox" name="remember"> Remember me on this device</label>
      <button class="primary">Log in</button>
    </form>`
}

export function accountPage (devices: ReadonlyArray<ListedSession<string | undefined>>, current: string | undefined): Html {
  return html`<h1>Your account</h1>
    <h2>Your devices</h2>
    <table>
      <thead><tr><th>Device</th><th>Logged in</th><th>Last seen</th><th></th></tr></thead>
      <tbody>${devices.map(({ id, data: device, createdAt, lastSeenAt }) => html`
        <tr><td>${device ?? 'A device'}</td><td>${time(createdAt)}</td><td>${time(lastSeenAt)}</td>
          <td>${id === current
            ? 'this one'
            : html`<form method="post" action="/account/end"><button class="link" name="id" value="${id}">Log out</button></form>`}</td></tr>`)}
      </tbody>
    </table>
    <form method="post" action="/account/logout-everywhere"><button>Log out everywhere</button></form>`
}

export function adminLoginPage (problem?: string): Html {
  return html`<h1>Administration</h1>
    ${problem !== undefined && html`<p class="problem" role="alert">${problem}</p>`}
    <form class="card narrow" method="post" action="/admin/login">
      <label>Your password again <input type="password" name="password" autocomplete="current-password" required></label>
      <button class="primary">Go on</button>
      <p class="note">It lasts for 15 minutes without a request.</p>
    </form>`
}

export function adminPage (rows: ReadonlyArray<{ user: User, devices: readonly unknown[] }>): Html {
  return html`<h1>Administration</h1>
    <table>
      <thead><tr><th>User</th><th>Role</th><th>Devices</th><th></th></tr></thead>
      <tbody>${rows.map(({ user, devices }) => html`
        <tr><td>${user.name} <small>${user.email}</small></td><td>${user.role}</td><td>${devices.length}</td>
          <td><form method="post" action="/admin/end"><button class="link" name="user" value="${user.id}">Log out</button></form></td></tr>`)}
      </tbody>
    </table>`
}

function euros (cents: number): string {
  return `€ ${(cents / 100).toFixed(2)}`
}

function time (date: Date): Html {
  const words = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' }).format(date)
  return html`<time datetime="${date.toISOString()}">${words}</time>`
}
