using System.Numerics;
using Weft.Flows.Classification;

namespace Weft.Flows;

/// <summary>
/// Finds the first of a list of rules that a packet matches, in a time that hardly depends on how many there are: each field of the packet leads
/// to a row with one bit for every rule that is content with it, and the first bit that all rows have is the rule (Lakshman and Stiliadis,
/// SIGCOMM 1998). A word in front of each row says which of its words are not zero, so that rows are compared 64 words at a time (Baboescu and
/// Varghese, SIGCOMM 2001).
/// </summary>
/// <remarks>
/// Immutable: a change builds another one beside it. Lookups allocate nothing and may be done from any number of threads. A lookup takes the
/// search for two addresses, five loads, and then one comparison of seven words for every 64 rules among which the rows disagree: 64 at worst.
/// Building takes time and memory in proportion to rules times different prefixes and port ranges; rows that are alike are kept once.
/// </remarks>
public sealed class PacketClassifier
{
    /// <summary>Most rules: 64 words of bits, one word in front of them.</summary>
    public const int MaxRules = 64 * 64;

    /// <summary>Most bytes of rows: half a gibibyte.</summary>
    public const long MaxBytes = 1L << 29;

    /// <summary>What <see cref="Match"/> says if no rule matches.</summary>
    public const int None = -1;

    private const int Protocols = 256, MarkValues = 256;

    private readonly AddressRows _sources, _destinations;
    private readonly NumberRows _sourcePorts, _destinationPorts, _etherTypes;
    private readonly int[] _protocols = new int[Protocols], _marks = new int[MarkValues];
    private readonly int _noProtocol, _sourceOfLater, _destinationOfLater;
    private readonly ulong[] _rows;

    /// <summary>Builds a classifier.</summary>
    /// <param name="rules">The rules in order.</param>
    /// <exception cref="ArgumentException">There are more than <see cref="MaxRules"/>, a range is upside down, a code point is above 63, or the rows need more than <see cref="MaxBytes"/>.</exception>
    public PacketClassifier(IReadOnlyList<PacketRule> rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        Validate(rules);
        Count = rules.Count;
        var rows = new RuleRows(rules.Count, MaxBytes);
        _sources = new AddressRows([.. rules.Select(rule => rule.Source)], rows);
        _destinations = new AddressRows([.. rules.Select(rule => rule.Destination)], rows);
        _sourcePorts = new NumberRows([.. rules.Select(rule => rule.SourcePorts)], rows);
        _destinationPorts = new NumberRows([.. rules.Select(rule => rule.DestinationPorts)], rows);
        _etherTypes = new NumberRows([.. rules.Select(rule => rule.EtherType is { } type ? new[] { new PortRange((ushort)type, (ushort)type) } : [])], rows);
        _sourceOfLater = rows.OffsetOf(rows.Where(rule => rules[rule].SourcePorts.Count == 0 || rules[rule].MatchesWithoutPorts));
        _destinationOfLater = rows.OffsetOf(rows.Where(rule => rules[rule].DestinationPorts.Count == 0 || rules[rule].MatchesWithoutPorts));
        _noProtocol = rows.OffsetOf(rows.Where(rule => rules[rule].Protocol is null));
        for (int value = 0; value < Protocols; value++)
        {
            _protocols[value] = rows.OffsetOf(rows.Where(rule => rules[rule].Protocol is null || (int)rules[rule].Protocol!.Value == value));
            _marks[value] = rows.OffsetOf(rows.Where(rule => rules[rule].MatchesMarks((byte)value)));
        }

        SizeBytes = rows.Length * sizeof(ulong);
        _rows = rows.ToArray();
    }

    /// <summary>Number of rules.</summary>
    public int Count { get; }

    /// <summary>Bytes of rows that lookups read from, beside the tables of addresses and ports.</summary>
    public long SizeBytes { get; }

    /// <summary>The place of the first rule that matches a packet, <see cref="None"/> if none does.</summary>
    /// <param name="packet">The packet.</param>
    public int Match(in PacketFields packet)
    {
        int source = _sources.Of(packet.Source, packet.IsIp, packet.IsIPv4);
        int destination = _destinations.Of(packet.Destination, packet.IsIp, packet.IsIPv4);
        int protocol = packet.IsIp ? _protocols[(byte)packet.Protocol] : _noProtocol;
        int etherType = _etherTypes.Of((ushort)packet.EtherType);
        int marks = _marks[packet.Marks];
        (int from, int to) = packet.HasPorts ? (_sourcePorts.Of(packet.SourcePort), _destinationPorts.Of(packet.DestinationPort))
            : packet.IsLaterFragment ? (_sourceOfLater, _destinationOfLater)
            : (_sourcePorts.Absent, _destinationPorts.Absent);
        ulong[] rows = _rows;
        ulong words = rows[source] & rows[destination] & rows[protocol] & rows[etherType] & rows[marks] & rows[from] & rows[to];
        while (words != 0)
        {
            int word = BitOperations.TrailingZeroCount(words);
            int at = word + 1;
            ulong found = rows[source + at] & rows[destination + at] & rows[protocol + at] & rows[etherType + at] & rows[marks + at] & rows[from + at] & rows[to + at];
            if (found != 0)
            {
                return (word * 64) + BitOperations.TrailingZeroCount(found);
            }

            words &= words - 1;
        }

        return None;
    }

    private static void Validate(IReadOnlyList<PacketRule> rules)
    {
        if (rules.Count > MaxRules)
        {
            throw new ArgumentException($"There are {rules.Count} rules; at most {MaxRules} are allowed.", nameof(rules));
        }

        foreach (PacketRule rule in rules)
        {
            foreach (PortRange range in rule.SourcePorts.Concat(rule.DestinationPorts).Where(range => range.First > range.Last))
            {
                throw new ArgumentException($"The range {range.First} to {range.Last} is upside down.", nameof(rules));
            }

            if (rule.Dscp > PacketFields.DscpMarks)
            {
                throw new ArgumentException($"The code point {rule.Dscp} is outside its range, 0 to 63.", nameof(rules));
            }
        }
    }
}
