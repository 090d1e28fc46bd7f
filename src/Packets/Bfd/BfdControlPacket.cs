namespace Weft.Packets;

/// <summary>A BFD control packet without authentication as a value (RFC 5880 section 4.1).</summary>
public readonly record struct BfdControlPacket
{
    /// <summary>Octets of a packet without authentication.</summary>
    public const int MinLength = 24;

    /// <summary>UDP port of control packets over one hop (RFC 5881 section 4).</summary>
    public const ushort SingleHopPort = 3784;

    /// <summary>UDP port of echo packets (RFC 5881 section 4).</summary>
    public const ushort EchoPort = 3785;

    /// <summary>UDP port of control packets over several hops (RFC 5883 section 5).</summary>
    public const ushort MultihopPort = 4784;

    internal const int Version = 1;
    internal const int LengthOffset = 3;
    internal const int MinAuthenticationLength = 2;

    /// <summary>Why the session last left the state Up.</summary>
    public BfdDiagnostic Diagnostic { get; init; }

    /// <summary>State of the session.</summary>
    public BfdState State { get; init; }

    /// <summary>Flags; <see cref="BfdFlags.Authentication"/> is not written.</summary>
    public BfdFlags Flags { get; init; }

    /// <summary>Packets that may be missed before the session is down.</summary>
    public byte DetectMultiplier { get; init; }

    /// <summary>The sender's name of the session.</summary>
    public uint MyDiscriminator { get; init; }

    /// <summary>The receiver's name of the session, 0 while unknown.</summary>
    public uint YourDiscriminator { get; init; }

    /// <summary>Microseconds between packets that the sender would like to send at least.</summary>
    public uint DesiredMinTxMicroseconds { get; init; }

    /// <summary>Microseconds between packets that the sender can bear at least.</summary>
    public uint RequiredMinRxMicroseconds { get; init; }

    /// <summary>Microseconds between echo packets that the sender can bear at least.</summary>
    public uint RequiredMinEchoRxMicroseconds { get; init; }

    /// <summary>Writes the packet and returns <see cref="MinLength"/>.</summary>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is too short.</exception>
    public int Write(Span<byte> destination)
    {
        Span<byte> bytes = Wire.Take(destination, MinLength);
        bytes[0] = (byte)((Version << 5) | ((byte)Diagnostic & 0x1F));
        bytes[1] = (byte)(((byte)State << 6) | (byte)(Flags & ~BfdFlags.Authentication & (BfdFlags)0x3F));
        bytes[2] = DetectMultiplier;
        bytes[LengthOffset] = MinLength;
        Wire.Put32(bytes, 4, MyDiscriminator);
        Wire.Put32(bytes, 8, YourDiscriminator);
        Wire.Put32(bytes, 12, DesiredMinTxMicroseconds);
        Wire.Put32(bytes, 16, RequiredMinRxMicroseconds);
        Wire.Put32(bytes, 20, RequiredMinEchoRxMicroseconds);
        return MinLength;
    }
}
