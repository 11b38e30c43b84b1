import neostandard from 'neostandard'

export default neostandard({ ts: true, ignores: ['api', 'dist', '.tap', 'coverage', 'test/vectors', '**/.work'] })
