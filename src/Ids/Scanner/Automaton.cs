using System.Runtime.CompilerServices;

namespace Weft.Ids;

/// <summary>
/// Aho-Corasick (CACM 1975) with failure links: memory in proportion to the patterns' bytes and at most two steps a byte
/// whatever the data. It takes the patterns that a filter would confirm too often. One instance compares bytes, another
/// folded bytes, so that a hit needs no second look.
/// </summary>
internal sealed class Automaton
{
    private const int Root = 0;
    private const int None = -1;

    private readonly bool _folds;
    private readonly int[] _rootNext = new int[256];
    private readonly int[] _firstEdge;
    private readonly byte[] _labels;
    private readonly int[] _targets;
    private readonly int[] _fail;
    private readonly int[] _pattern;

    // Nearest state on the failure path that ends a pattern, so that reporting never walks in vain.
    private readonly int[] _nextOutput;

    public Automaton(PatternPool pool, IReadOnlyList<int> patterns, bool folds)
    {
        _folds = folds;
        var trie = new Trie();
        foreach (int pattern in patterns)
        {
            trie.Add(pool.Bytes(pattern), pattern);
        }

        int count = trie.Count;
        _firstEdge = new int[count + 1];
        _labels = new byte[count - 1];
        _targets = new int[count - 1];
        _fail = new int[count];
        _nextOutput = new int[count];
        _pattern = trie.Patterns;
        int edge = 0;
        for (int state = 0; state < count; state++)
        {
            _firstEdge[state] = edge;
            for (int child = trie.FirstChild(state); child != None; child = trie.Sibling(child))
            {
                _labels[edge] = trie.Label(child);
                _targets[edge++] = child;
            }
        }

        _firstEdge[count] = edge;
        for (int i = 0; i < _firstEdge[1]; i++)
        {
            _rootNext[_labels[i]] = _targets[i];
        }

        LinkFailures();
    }

    public long MemoryBytes => _labels.Length + sizeof(int) * ((long)_firstEdge.Length + _targets.Length + _fail.Length + _pattern.Length + _nextOutput.Length + 256);

    public bool Scan<TSink>(ref ScanState<TSink> scan)
        where TSink : struct, IMatchSink
    {
        int state = Root;
        for (int i = 0; i < scan.Data.Length; i++)
        {
            byte value = _folds ? AsciiCase.Fold(scan.Data[i]) : scan.Data[i];
            state = state == Root ? _rootNext[value] : Next(state, value, ref scan.Counters.Transitions);
            if (state != Root && !ReportAll(ref scan, state, i + 1))
            {
                return false;
            }
        }

        return true;
    }

    private bool ReportAll<TSink>(ref ScanState<TSink> scan, int state, int end)
        where TSink : struct, IMatchSink
    {
        for (int output = _pattern[state] >= 0 ? state : _nextOutput[state]; output != Root; output = _nextOutput[output])
        {
            if (!scan.Report(_pattern[output], end))
            {
                return false;
            }
        }

        return true;
    }

    // Each failure link makes the state shallower and each byte deeper by one, so links are at most as many as bytes.
    private int Next(int state, byte value, ref long transitions)
    {
        while (true)
        {
            transitions++;
            int target = Child(state, value);
            if (target != None)
            {
                return target;
            }

            state = _fail[state];
            if (state == Root)
            {
                return _rootNext[value];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Child(int state, byte value)
    {
        int first = _firstEdge[state];
        int at = _labels.AsSpan(first, _firstEdge[state + 1] - first).IndexOf(value);
        return at < 0 ? None : _targets[first + at];
    }

    private void LinkFailures()
    {
        var queue = new Queue<int>();
        long unused = 0;
        for (int i = 0; i < _firstEdge[1]; i++)
        {
            queue.Enqueue(_targets[i]);
        }

        while (queue.TryDequeue(out int state))
        {
            _nextOutput[state] = _pattern[_fail[state]] >= 0 ? _fail[state] : _nextOutput[_fail[state]];
            for (int i = _firstEdge[state]; i < _firstEdge[state + 1]; i++)
            {
                int child = _targets[i];
                int from = _fail[state];
                _fail[child] = from == Root ? _rootNext[_labels[i]] : Next(from, _labels[i], ref unused);
                queue.Enqueue(child);
            }
        }
    }

    /// <summary>The tree of all patterns while it grows: children as a list of siblings.</summary>
    private sealed class Trie
    {
        private readonly List<int> _firstChild = [None];
        private readonly List<int> _sibling = [None];
        private readonly List<byte> _label = [0];
        private readonly List<int> _patterns = [None];

        public int Count => _label.Count;

        public int[] Patterns => [.. _patterns];

        public int FirstChild(int state) => _firstChild[state];

        public int Sibling(int state) => _sibling[state];

        public byte Label(int state) => _label[state];

        public void Add(ReadOnlySpan<byte> bytes, int pattern)
        {
            int state = Root;
            foreach (byte value in bytes)
            {
                int child = _firstChild[state];
                while (child != None && _label[child] != value)
                {
                    child = _sibling[child];
                }

                state = child != None ? child : AddChild(state, value);
            }

            _patterns[state] = pattern;
        }

        private int AddChild(int parent, byte value)
        {
            int child = _label.Count;
            _label.Add(value);
            _patterns.Add(None);
            _firstChild.Add(None);
            _sibling.Add(_firstChild[parent]);
            _firstChild[parent] = child;
            return child;
        }
    }
}
