using System.Buffers.Binary;

namespace Weft.Simulation.Traffic;

/// <summary>What a packet of the simulation says of itself, so that whoever gets it can tell whether it may.</summary>
/// <param name="Tenant">Whose it is.</param>
/// <param name="Conversation">Which conversation.</param>
/// <param name="Connection">Its how manieth connection.</param>
/// <param name="Number">Which message.</param>
internal readonly record struct Letter(byte Tenant, byte Conversation, ushort Connection, uint Number)
{
    public const int Length = 16;

    private const uint Magic = 0x5745_4654;

    public byte[] Write()
    {
        byte[] bytes = new byte[Length];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, Magic);
        (bytes[4], bytes[5]) = (Tenant, Conversation);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(6), Connection);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(8), Number);
        return bytes;
    }

    public static bool TryRead(ReadOnlySpan<byte> bytes, out Letter letter)
    {
        bool isOne = bytes.Length >= Length && BinaryPrimitives.ReadUInt32BigEndian(bytes) == Magic;
        letter = isOne ? new Letter(bytes[4], bytes[5], BinaryPrimitives.ReadUInt16BigEndian(bytes[6..]), BinaryPrimitives.ReadUInt32BigEndian(bytes[8..])) : default;
        return isOne;
    }
}
