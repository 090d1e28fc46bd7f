namespace Weft.Packets;

/// <summary>A checked view of a BFD control packet (RFC 5880 section 4.1).</summary>
/// <remarks>After <see cref="TryParse"/> returned true no member can fault, as long as the bytes stay in place.</remarks>
public readonly ref struct BfdControlView
{
    private readonly ReadOnlySpan<byte> _bytes;

    private BfdControlView(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>Why the sender's session last left the state Up.</summary>
    public BfdDiagnostic Diagnostic => (BfdDiagnostic)(_bytes[0] & 0x1F);

    /// <summary>State of the sender's session.</summary>
    public BfdState State => (BfdState)(_bytes[1] >> 6);

    /// <summary>Flags.</summary>
    public BfdFlags Flags => (BfdFlags)(_bytes[1] & 0x3F);

    /// <summary>Packets that may be missed before the session is down, never 0.</summary>
    public byte DetectMultiplier => _bytes[2];

    /// <summary>The sender's name of the session, never 0.</summary>
    public uint MyDiscriminator => Wire.U32(_bytes, 4);

    /// <summary>The receiver's name of the session, 0 while unknown.</summary>
    public uint YourDiscriminator => Wire.U32(_bytes, 8);

    /// <summary>Microseconds between packets that the sender would like to send at least.</summary>
    public uint DesiredMinTxMicroseconds => Wire.U32(_bytes, 12);

    /// <summary>Microseconds between packets that the sender can bear at least; 0: it wants none.</summary>
    public uint RequiredMinRxMicroseconds => Wire.U32(_bytes, 16);

    /// <summary>Microseconds between echo packets that the sender can bear at least; 0: it supports none.</summary>
    public uint RequiredMinEchoRxMicroseconds => Wire.U32(_bytes, 20);

    /// <summary>The authentication section, empty if there is none (RFC 5880 section 4.2).</summary>
    public ReadOnlySpan<byte> Authentication => _bytes[BfdControlPacket.MinLength..];

    /// <summary>The packet without authentication as a value.</summary>
    public BfdControlPacket ToPacket() => new()
    {
        Diagnostic = Diagnostic,
        State = State,
        Flags = Flags,
        DetectMultiplier = DetectMultiplier,
        MyDiscriminator = MyDiscriminator,
        YourDiscriminator = YourDiscriminator,
        DesiredMinTxMicroseconds = DesiredMinTxMicroseconds,
        RequiredMinRxMicroseconds = RequiredMinRxMicroseconds,
        RequiredMinEchoRxMicroseconds = RequiredMinEchoRxMicroseconds,
    };

    /// <summary>
    /// Makes the checks of RFC 5880 section 6.8.6 that need no session: version 1, a length that fits the packet and the A bit,
    /// a detect multiplier and an own discriminator other than 0, no M bit, and a receiver's discriminator unless the state is
    /// Down or AdminDown.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out BfdControlView view)
    {
        view = default;
        if (bytes.Length < BfdControlPacket.MinLength || bytes[0] >> 5 != BfdControlPacket.Version)
        {
            return false;
        }

        int length = bytes[BfdControlPacket.LengthOffset];
        bool authenticated = (bytes[1] & (byte)BfdFlags.Authentication) != 0;
        if (length > bytes.Length || length < BfdControlPacket.MinLength + (authenticated ? BfdControlPacket.MinAuthenticationLength : 0))
        {
            return false;
        }

        BfdControlView candidate = new(bytes[..(authenticated ? length : BfdControlPacket.MinLength)]);
        bool plausible = candidate.DetectMultiplier != 0
            && (candidate.Flags & BfdFlags.Multipoint) == 0
            && candidate.MyDiscriminator != 0
            && (candidate.YourDiscriminator != 0 || candidate.State is BfdState.Down or BfdState.AdminDown);
        view = plausible ? candidate : default;
        return plausible;
    }
}
