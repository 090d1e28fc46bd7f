namespace Weft.Packets;

/// <summary>A checked view of a VXLAN header and the frame behind it (RFC 7348 section 5).</summary>
/// <remarks>After <see cref="TryParse"/> returned true no member can fault, as long as the bytes stay in place.</remarks>
public readonly ref struct VxlanView
{
    private readonly ReadOnlySpan<byte> _bytes;

    private VxlanView(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>Network identifier.</summary>
    public uint Vni => Wire.U24(_bytes, 4);

    /// <summary>All eight flags; reserved ones are ignored by a receiver.</summary>
    public byte Flags => _bytes[0];

    /// <summary>The Ethernet frame inside.</summary>
    public ReadOnlySpan<byte> Payload => _bytes[VxlanHeader.Length..];

    /// <summary>Checks that eight octets are there and the I flag says that the VNI is valid.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out VxlanView view)
    {
        bool valid = bytes.Length >= VxlanHeader.Length && (bytes[0] & VxlanHeader.ValidVniFlag) != 0;
        view = valid ? new VxlanView(bytes) : default;
        return valid;
    }
}
