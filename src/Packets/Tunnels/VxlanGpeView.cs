namespace Weft.Packets;

/// <summary>A checked view of a VXLAN-GPE header (draft-ietf-nvo3-vxlan-gpe section 3).</summary>
/// <remarks>After <see cref="TryParse"/> returned true no member can fault, as long as the bytes stay in place.</remarks>
public readonly ref struct VxlanGpeView
{
    private readonly ReadOnlySpan<byte> _bytes;

    private VxlanGpeView(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>Network identifier.</summary>
    public uint Vni => Wire.U24(_bytes, 4);

    /// <summary>What the payload is; values beyond the enumeration occur.</summary>
    public VxlanGpeProtocol NextProtocol =>
        (_bytes[0] & VxlanGpeHeader.NextProtocolFlag) == 0 ? VxlanGpeProtocol.None : (VxlanGpeProtocol)_bytes[3];

    /// <summary>True for an operations message, which is never forwarded.</summary>
    public bool IsOam => (_bytes[0] & VxlanGpeHeader.OamFlag) != 0;

    /// <summary>What the header carries.</summary>
    public ReadOnlySpan<byte> Payload => _bytes[VxlanHeader.Length..];

    /// <summary>The header as a value.</summary>
    public VxlanGpeHeader ToHeader() => new(Vni, NextProtocol, IsOam);

    /// <summary>Checks that eight octets are there, the version is 0 and the I flag says that the VNI is valid.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out VxlanGpeView view)
    {
        bool valid = bytes.Length >= VxlanHeader.Length
            && (bytes[0] & (VxlanHeader.ValidVniFlag | VxlanGpeHeader.VersionMask)) == VxlanHeader.ValidVniFlag;
        view = valid ? new VxlanGpeView(bytes) : default;
        return valid;
    }
}
