using System.Numerics;

namespace Weft.Flows.Prefixes;

/// <summary>
/// A compressed trie of six bits a step (Asai and Ohara, "Poptrie", SIGCOMM 2015). A node says in one 64-bit word which of its 64 branches go
/// on, in another one where runs of equal values begin; counting bits finds the child or the value. Immutable.
/// </summary>
internal sealed class PrefixTrie
{
    private const int Stride = 6;
    private const int Branches = 1 << Stride;
    private const int KeyBits = 128;

    private readonly Node[] _nodes;
    private readonly int[] _values;

    /// <summary>Builds a trie of prefixes whose bits stand at the top of 128.</summary>
    public PrefixTrie(IEnumerable<(UInt128 Bits, int Length, int Value)> prefixes)
    {
        var root = new Draft();
        foreach ((UInt128 bits, int length, int value) in prefixes)
        {
            root.Add(bits, length, value);
        }

        var nodes = new List<Node> { default };
        var values = new List<int>();
        Compress(root, root.Value, 0, nodes, values);
        (_nodes, _values) = ([.. nodes], [.. values]);
    }

    /// <summary>Bytes of the trie.</summary>
    public int SizeBytes => (_nodes.Length * Node.Bytes) + (_values.Length * sizeof(int));

    /// <summary>The value of the longest prefix that contains the address, <see cref="PrefixTable4.None"/> if none does.</summary>
    public int Find(UInt128 address)
    {
        int at = 0;
        for (int shift = KeyBits - Stride; ; shift -= Stride)
        {
            ref readonly Node node = ref _nodes[at];
            int branch = (int)(uint)(shift >= 0 ? address >> shift : address << -shift) & (Branches - 1);
            ulong upTo = ulong.MaxValue >> (Branches - 1 - branch);
            if ((node.Inner >> branch & 1) == 0)
            {
                return _values[node.FirstValue + BitOperations.PopCount(node.Runs & upTo) - 1];
            }

            at = node.FirstChild + BitOperations.PopCount(node.Inner & upTo) - 1;
        }
    }

    private static void Compress(Draft draft, int inherited, int at, List<Node> nodes, List<int> values)
    {
        var children = new List<(Draft, int)>();
        var node = new Node { FirstValue = values.Count };
        bool first = true;
        int last = 0;
        for (int branch = 0; branch < Branches; branch++)
        {
            Draft? end = draft.Walk(branch, inherited, out int value);
            if (end is { IsInner: true })
            {
                node.Inner |= 1UL << branch;
                children.Add((end, value));
            }
            else if (first || value != last)
            {
                node.Runs |= 1UL << branch;
                values.Add(value);
                (first, last) = (false, value);
            }
        }

        node.FirstChild = nodes.Count;
        nodes[at] = node;
        nodes.AddRange(new Node[children.Count]);
        for (int child = 0; child < children.Count; child++)
        {
            (Draft next, int value) = children[child];
            Compress(next, value, node.FirstChild + child, nodes, values);
        }
    }

    private struct Node
    {
        public const int Bytes = (2 * sizeof(ulong)) + (2 * sizeof(int));

        /// <summary>Branches that lead to another node.</summary>
        public ulong Inner;

        /// <summary>Branches at which a run of branches with one value begins; those that lead on do not end a run.</summary>
        public ulong Runs;

        public int FirstChild;
        public int FirstValue;
    }

    /// <summary>A binary trie, from which the compressed one is made.</summary>
    private sealed class Draft
    {
        private readonly Draft?[] _next = new Draft?[2];

        public int Value { get; private set; } = PrefixTable4.None;

        public bool IsInner => _next[0] is not null || _next[1] is not null;

        public void Add(UInt128 bits, int length, int value)
        {
            Draft at = this;
            for (int depth = 0; depth < length; depth++)
            {
                int bit = (int)(bits >> (KeyBits - 1 - depth)) & 1;
                at = at._next[bit] ??= new Draft();
            }

            at.Value = value;
        }

        /// <summary>Follows some bits as far as they lead, and says which value counts there.</summary>
        public Draft? Walk(int path, int inherited, out int value)
        {
            value = inherited;
            Draft? at = this;
            for (int bit = Stride - 1; bit >= 0 && at is not null; bit--)
            {
                at = at._next[path >> bit & 1];
                value = at is { Value: >= 0 } ? at.Value : value;
            }

            return at;
        }
    }
}
