using Weft.Packets;

namespace Weft.Ids;

/// <summary>
/// The rules of a group that have no strings to be found by. Those that ask for flags of TCP are listed for each set of flags: most
/// ask for a SYN, and few packets have one. Ports are compared here, because a group has more than one.
/// </summary>
internal sealed class UnanchoredRules
{
    private const int FlagSets = 256;

    private readonly Entry[] _always;
    private readonly Entry[][] _byFlags;

    /// <param name="rules">The compiled rules.</param>
    /// <param name="numbers">Numbers of those without strings.</param>
    /// <param name="toServer">True if the server is the receiver.</param>
    public UnanchoredRules(CompiledRule[] rules, int[] numbers, bool toServer)
    {
        All = numbers;
        int[] choosy = [.. numbers.Where(number => Array.Exists(rules[number].Headers, IsOfFlags))];
        _always = [.. numbers.Except(choosy).Select(number => new Entry(rules[number].Rule, number, toServer))];
        _byFlags = new Entry[FlagSets][];
        for (int flags = 0; flags < FlagSets; flags++)
        {
            _byFlags[flags] = choosy.Length == 0 ? [] : [.. choosy.Where(number => Array.TrueForAll(rules[number].Headers, check => !IsOfFlags(check) || check.Matches(flags))).Select(number => new Entry(rules[number].Rule, number, toServer))];
        }
    }

    public bool IsEmpty => All.Length == 0;

    /// <summary>All of them.</summary>
    public int[] All { get; }

    /// <summary>Gathers those that are for the packet's flags and the server's port.</summary>
    public void AddTo(Candidates candidates, in PacketFacts packet, ushort serverPort)
    {
        if ((int)packet.TcpFlags >= FlagSets)
        {
            candidates.Add(All);
            return;
        }

        Add(candidates, _always, serverPort);
        Add(candidates, packet.IsTcp ? _byFlags[(int)packet.TcpFlags] : [], serverPort);
    }

    private static void Add(Candidates candidates, Entry[] entries, ushort serverPort)
    {
        foreach (ref readonly Entry entry in entries.AsSpan())
        {
            if (serverPort >= entry.First && serverPort <= entry.Last)
            {
                candidates.Add(entry.Rule);
            }
        }
    }

    private static bool IsOfFlags(HeaderCheck check) => check.Field == HeaderField.TcpFlags;

    /// <summary>A rule and the ports of servers between which all of its ports are.</summary>
    private readonly struct Entry
    {
        public readonly int Rule;
        public readonly ushort First;
        public readonly ushort Last;

        public Entry(Rule rule, int number, bool toServer)
        {
            ReadOnlySpan<(ushort First, ushort Last)> ranges = (toServer ? rule.DestinationPorts : rule.SourcePorts).Ranges;
            Rule = number;
            (First, Last) = (0, ushort.MaxValue);
            if (!rule.IsBidirectional && ranges.Length > 0)
            {
                (First, Last) = (ushort.MaxValue, 0);
                foreach ((ushort first, ushort last) in ranges)
                {
                    (First, Last) = (Math.Min(First, first), Math.Max(Last, last));
                }
            }
        }
    }
}
