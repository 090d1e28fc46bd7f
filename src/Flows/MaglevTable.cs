using System.Runtime.CompilerServices;
using Weft.Flows.Hashing;

namespace Weft.Flows;

/// <summary>
/// Maglev's lookup table (Eisenbud and others, NSDI 2016, section 3.4): a hash chooses one of the backends, evenly or by weight,
/// and keeps its choice for nearly all hashes when another backend comes or goes.
/// </summary>
/// <remarks>
/// <para>
/// The choice depends on the set of backends, not on their order, and is that of Envoy's Maglev load balancer for the same names
/// and weights: offset and skip from XXH64 of the name with seeds 0 and 1, backends filled in the order of their names, a backend
/// of weight w entering w / largest weight of the rounds.
/// </para>
/// Immutable: build a new one and swap the reference. Building takes about the size × ln(size) steps; a choice is one division
/// and one read. Memory: 2 bytes a slot.
/// </remarks>
public sealed class MaglevTable
{
    /// <summary>Slots of a table unless said otherwise, as in Envoy; a hundred times the number of backends keeps shares within 1 %.</summary>
    public const int DefaultSize = 65_537;

    /// <summary>Most slots.</summary>
    public const int MaxSize = 5_000_011;

    /// <summary>Most backends.</summary>
    public const int MaxBackends = 65_535;

    private const ushort Free = ushort.MaxValue;

    private readonly ushort[] _slots;

    private MaglevTable(ushort[] slots) => _slots = slots;

    /// <summary>Number of slots.</summary>
    public int Size => _slots.Length;

    /// <summary>The backend of every slot.</summary>
    public ReadOnlySpan<ushort> Slots => _slots;

    /// <summary>Builds the table.</summary>
    /// <param name="backends">At least one; names must differ.</param>
    /// <param name="size">Number of slots: a prime, at least the number of backends and at most <see cref="MaxSize"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no backend or too many, a weight is out of range, or the size is no such prime.</exception>
    /// <exception cref="ArgumentException">Two backends have the same name.</exception>
    public static MaglevTable Build(ReadOnlySpan<HashBackend> backends, int size = DefaultSize)
    {
        HashBackend.Validate(backends, MaxBackends);
        if (size < Math.Max(2, backends.Length) || size > MaxSize || !IsPrime(size))
        {
            throw new ArgumentOutOfRangeException(nameof(size), size, $"The size must be a prime of at least {backends.Length} and at most {MaxSize}.");
        }

        HashBackend[] named = backends.ToArray();
        int[] order = [.. Enumerable.Range(0, named.Length)];
        Array.Sort(order, (left, right) => named[left].Name.Span.SequenceCompareTo(named[right].Name.Span));
        var walks = new Walk[named.Length];
        for (int i = 0; i < order.Length; i++)
        {
            HashBackend backend = named[order[i]];
            if (i > 0 && backend.Name.Span.SequenceEqual(named[order[i - 1]].Name.Span))
            {
                throw new ArgumentException($"Backends {order[i - 1]} and {order[i]} have the same name.", nameof(backends));
            }

            walks[i] = new Walk
            {
                Backend = (ushort)order[i],
                Next = (int)(XxHash64.Hash(backend.Name.Span, 0) % (ulong)size),
                Skip = (int)(XxHash64.Hash(backend.Name.Span, 1) % (ulong)(size - 1)) + 1,
                Weight = backend.Weight,
            };
        }

        return Fill(walks, size);
    }

    /// <summary>The backend for a hash, as its index in the list that the table was built from.</summary>
    /// <param name="hash">Any 64 bits that the packets of a flow share.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Select(ulong hash) => _slots[(int)(hash % (uint)_slots.Length)];

    /// <summary>Lets the backends take turns until every slot is taken (listing 1 of the paper, with weights).</summary>
    internal static MaglevTable Fill(Span<Walk> walks, int size)
    {
        ushort[] slots = new ushort[size];
        slots.AsSpan().Fill(Free);
        long largest = 0;
        foreach (ref Walk walk in walks)
        {
            largest = Math.Max(largest, walk.Weight);
        }

        int filled = 0;
        for (long round = 1; filled < size; round++)
        {
            for (int i = 0; i < walks.Length && filled < size; i++)
            {
                ref Walk walk = ref walks[i];
                if (round * walk.Weight < walk.Target)
                {
                    continue;
                }

                walk.Target += largest;
                while (slots[walk.Next] != Free)
                {
                    walk.Advance(size);
                }

                slots[walk.Next] = walk.Backend;
                walk.Advance(size);
                filled++;
            }
        }

        return new MaglevTable(slots);
    }

    private static bool IsPrime(int number)
    {
        for (int divisor = 2; (long)divisor * divisor <= number; divisor++)
        {
            if (number % divisor == 0)
            {
                return false;
            }
        }

        return number >= 2;
    }

    /// <summary>A backend on its way through its own permutation of the slots.</summary>
    internal struct Walk
    {
        public ushort Backend;
        public int Next;
        public int Skip;
        public int Weight;
        public long Target;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Advance(int size)
        {
            int next = Next + Skip;
            Next = next >= size ? next - size : next;
        }
    }
}
