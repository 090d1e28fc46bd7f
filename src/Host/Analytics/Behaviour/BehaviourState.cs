using System.Runtime.InteropServices;
using System.Text;
using Weft.Analytics;
using Weft.Packets;

namespace Weft.Host.Analytics.Behaviour;

/// <summary>What a <see cref="BehaviourDetector"/> learned, as bytes of a numbered format that survive a restart.</summary>
internal sealed record BehaviourState
{
    /// <summary>The name under which it is kept.</summary>
    public const string ModelName = "process-behaviour";

    /// <summary>The format that this version writes, and the only one that it reads.</summary>
    public const int Format = 1;

    private const int MaxItems = 1 << 20;

    public required HashSeed Seed { get; init; }

    public required int Bits { get; init; }

    public required DateTimeOffset LearnUntil { get; init; }

    public required bool IsLearning { get; init; }

    public required byte[] Clusters { get; init; }

    public required IReadOnlyList<ulong[]> Training { get; init; }

    public required IReadOnlyList<(FeatureKind Kind, byte[] Name)> Names { get; init; }

    public required IReadOnlyList<(BehaviourRow Row, ulong Source)> Rows { get; init; }

    public byte[] ToBytes()
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        writer.Write(Seed.High);
        writer.Write(Seed.Low);
        writer.Write(Bits);
        writer.Write(LearnUntil.UtcTicks);
        writer.Write(IsLearning);
        writer.Write(Clusters.Length);
        writer.Write(Clusters);
        writer.Write(Training.Count);
        foreach (ulong[] vector in Training)
        {
            writer.Write(MemoryMarshal.AsBytes<ulong>(vector));
        }

        writer.Write(Names.Count);
        foreach ((FeatureKind kind, byte[] name) in Names)
        {
            writer.Write((byte)kind);
            writer.Write((byte)name.Length);
            writer.Write(name);
        }

        writer.Write(Rows.Count);
        foreach ((BehaviourRow row, ulong source) in Rows)
        {
            writer.Write(row.Executable);
            writer.Write(row.Parent);
            writer.Write(row.User);
            writer.Write(row.Action);
            writer.Write(row.Target);
            writer.Write(source);
        }

        writer.Flush();
        return stream.ToArray();
    }

    /// <summary>Reads what <see cref="ToBytes"/> wrote.</summary>
    /// <returns>Null if the format is another, or the bytes are damaged.</returns>
    public static BehaviourState? TryRead(StoredModel stored)
    {
        if (stored.Format != Format)
        {
            return null;
        }

        try
        {
            using var reader = new BinaryReader(new MemoryStream(stored.State.ToArray()), Encoding.UTF8);
            var seed = new HashSeed(reader.ReadUInt64(), reader.ReadUInt64());
            int bits = reader.ReadInt32();
            return bits is < FeatureSpace.MinBits or > FeatureSpace.MaxBits ? null : new BehaviourState
            {
                Seed = seed,
                Bits = bits,
                LearnUntil = new DateTimeOffset(reader.ReadInt64(), TimeSpan.Zero),
                IsLearning = reader.ReadBoolean(),
                // What is not there is not made room for.
                Clusters = Bytes(reader, Count(reader, stored.State.Length)),
                Training = ReadAll(reader, () => MemoryMarshal.Cast<byte, ulong>(Bytes(reader, bits / 8)).ToArray()),
                Names = ReadAll(reader, () => ((FeatureKind)reader.ReadByte(), Bytes(reader, reader.ReadByte()))),
                Rows = ReadAll(reader, () => (new BehaviourRow(reader.ReadString(), reader.ReadString(), reader.ReadString(), reader.ReadString(), reader.ReadString()), reader.ReadUInt64())),
            };
        }
        catch (Exception damaged) when (damaged is IOException or ArgumentException or FormatException)
        {
            return null;
        }
    }

    private static List<T> ReadAll<T>(BinaryReader reader, Func<T> read)
    {
        var items = new List<T>();
        for (int left = Count(reader, MaxItems); left > 0; left--)
        {
            items.Add(read());
        }

        return items;
    }

    /// <summary>As many bytes as were asked for: the reader gives fewer at the end, and a count of many things that are not there would be many empty ones.</summary>
    private static byte[] Bytes(BinaryReader reader, int count) =>
        reader.ReadBytes(count) is { } bytes && bytes.Length == count ? bytes : throw new EndOfStreamException();

    private static int Count(BinaryReader reader, int most) =>
        reader.ReadInt32() is int count && count >= 0 && count <= most ? count : throw new FormatException("a count is out of range");
}
