namespace Weft.Packets;

/// <summary>A GRE header as a value (RFC 2784, key and sequence number RFC 2890).</summary>
/// <param name="ProtocolType">What the payload is.</param>
public readonly record struct GreHeader(EtherType ProtocolType)
{
    /// <summary>Octets of a header without optional fields.</summary>
    public const int MinLength = 4;

    internal const byte ChecksumFlag = 0x80;
    internal const byte RoutingFlag = 0x40;
    internal const byte KeyFlag = 0x20;
    internal const byte SequenceFlag = 0x10;
    internal const byte VersionMask = 0x07;
    internal const int FieldLength = 4;

    /// <summary>Key, if there is one; NVGRE splits it into VSID and flow identifier (RFC 7637).</summary>
    public uint? Key { get; init; }

    /// <summary>Sequence number, if there is one.</summary>
    public uint? SequenceNumber { get; init; }

    /// <summary>True to write a checksum over header and payload.</summary>
    public bool HasChecksum { get; init; }

    /// <summary>Octets of the header: 4, 8, 12 or 16.</summary>
    public int Length => MinLength + ((HasChecksum ? FieldLength : 0) + (Key.HasValue ? FieldLength : 0) + (SequenceNumber.HasValue ? FieldLength : 0));

    /// <summary>Writes the header in front of a payload that is already in place and returns <see cref="Length"/>.</summary>
    /// <param name="packet">The bytes of the header and, if there is a checksum, of exactly the payload behind it.</param>
    /// <exception cref="ArgumentException"><paramref name="packet"/> is too short.</exception>
    public int Write(Span<byte> packet)
    {
        Span<byte> bytes = Wire.Take(packet, Length);
        bytes[0] = (byte)((HasChecksum ? ChecksumFlag : 0) | (Key.HasValue ? KeyFlag : 0) | (SequenceNumber.HasValue ? SequenceFlag : 0));
        bytes[1] = 0;
        Wire.Put16(bytes, 2, (int)ProtocolType);
        int at = MinLength + (HasChecksum ? FieldLength : 0);
        if (Key is uint key)
        {
            Wire.Put32(bytes, at, key);
            at += FieldLength;
        }

        if (SequenceNumber is uint sequence)
        {
            Wire.Put32(bytes, at, sequence);
        }

        if (HasChecksum)
        {
            Wire.Put32(bytes, MinLength, 0);
            Wire.Put16(bytes, MinLength, InternetChecksum.Compute(packet));
        }

        return bytes.Length;
    }
}
