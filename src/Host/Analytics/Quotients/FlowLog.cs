using Weft.Analytics;
using Weft.Host.Observe;
using Weft.Packets;

namespace Weft.Host.Analytics.Quotients;

/// <summary>
/// What quotients are made of beyond the configuration: flows that were seen, and the quotient's history. As bytes of a numbered format
/// it survives a restart; times are the wall clock's there, since the monotonic clock begins anew with the machine.
/// </summary>
/// <param name="Flows">Flows with when they were seen last.</param>
/// <param name="History">The network's quotient whenever it changed, oldest first.</param>
internal sealed record FlowLog(IReadOnlyList<KeyValuePair<ObservedFlow, Timestamp>> Flows, IReadOnlyList<QuotientHistorySnapshot> History)
{
    /// <summary>The name under which it is kept.</summary>
    public const string ModelName = "observed-flows";

    /// <summary>The format that this version writes, and the only one that it reads.</summary>
    public const int Format = 1;

    private const int Elsewhere = -1;
    private const int MaxItems = 1 << 20;

    public static FlowLog Empty { get; } = new([], []);

    public StoredModel Store(Timestamp now, DateTimeOffset wall)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(Flows.Count);
        foreach ((ObservedFlow flow, Timestamp last) in Flows)
        {
            Write(writer, flow.From);
            Write(writer, flow.To);
            writer.Write((byte)flow.Protocol);
            writer.Write(flow.Port);
            writer.Write((wall - (now - last)).UtcTicks);
        }

        writer.Write(History.Count);
        foreach (QuotientHistorySnapshot entry in History)
        {
            writer.Write(entry.Time.UtcTicks);
            writer.Write(entry.Quotient);
        }

        writer.Flush();
        return new StoredModel(Format, stream.ToArray());
    }

    /// <summary>Reads what <see cref="Store"/> wrote. Which machines the flows are of is not kept: the inventory may be another.</summary>
    /// <returns>Null if the format is another, or the bytes are damaged.</returns>
    public static FlowLog? TryRead(StoredModel stored, Timestamp now, DateTimeOffset wall)
    {
        if (stored.Format != Format)
        {
            return null;
        }

        try
        {
            using var reader = new BinaryReader(new MemoryStream(stored.State.ToArray()));
            var flows = new List<KeyValuePair<ObservedFlow, Timestamp>>();
            for (int left = Count(reader); left > 0; left--)
            {
                var flow = new ObservedFlow(Elsewhere, ReadAddress(reader), Elsewhere, ReadAddress(reader), (IpProtocol)reader.ReadByte(), reader.ReadUInt16());
                // A clock that was set back must not make a flow younger than now.
                TimeSpan age = wall - new DateTimeOffset(reader.ReadInt64(), TimeSpan.Zero);
                flows.Add(new(flow, now - (age < TimeSpan.Zero ? TimeSpan.Zero : age)));
            }

            var history = new List<QuotientHistorySnapshot>();
            for (int left = Count(reader); left > 0; left--)
            {
                history.Add(new QuotientHistorySnapshot(new DateTimeOffset(reader.ReadInt64(), TimeSpan.Zero), reader.ReadDouble()));
            }

            return new FlowLog(flows, history);
        }
        catch (Exception damaged) when (damaged is IOException or ArgumentException or FormatException)
        {
            return null;
        }
    }

    private static void Write(BinaryWriter writer, IPv6Address address)
    {
        writer.Write(address.High);
        writer.Write(address.Low);
    }

    private static IPv6Address ReadAddress(BinaryReader reader) => new(reader.ReadUInt64(), reader.ReadUInt64());

    private static int Count(BinaryReader reader) =>
        reader.ReadInt32() is int count && count is >= 0 and <= MaxItems ? count : throw new FormatException("a count is out of range");
}
