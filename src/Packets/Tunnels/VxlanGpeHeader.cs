namespace Weft.Packets;

/// <summary>A VXLAN-GPE header as a value (draft-ietf-nvo3-vxlan-gpe section 3).</summary>
/// <param name="Vni">Network identifier, 0 to 0xFFFFFF.</param>
/// <param name="NextProtocol">What the payload is; <see cref="VxlanGpeProtocol.None"/> writes a plain VXLAN header.</param>
/// <param name="IsOam">True for an operations message.</param>
public readonly record struct VxlanGpeHeader(uint Vni, VxlanGpeProtocol NextProtocol, bool IsOam = false)
{
    /// <summary>UDP port that IANA assigned.</summary>
    public const ushort Port = 4790;

    internal const byte VersionMask = 0x30;
    internal const byte NextProtocolFlag = 0x04;
    internal const byte OamFlag = 0x01;

    /// <summary>Writes the header and returns its eight octets.</summary>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is too short or the VNI larger than 24 bits.</exception>
    public int Write(Span<byte> destination)
    {
        int length = new VxlanHeader(Vni).Write(destination);
        destination[0] |= (byte)((NextProtocol == VxlanGpeProtocol.None ? 0 : NextProtocolFlag) | (IsOam ? OamFlag : 0));
        destination[3] = (byte)NextProtocol;
        return length;
    }
}
