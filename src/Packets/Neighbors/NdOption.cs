namespace Weft.Packets;

/// <summary>One option of a neighbour discovery message (RFC 4861 section 4.6).</summary>
public readonly ref struct NdOption
{
    internal NdOption(ReadOnlySpan<byte> bytes) => Bytes = bytes;

    /// <summary>Type; values beyond the enumeration occur.</summary>
    public NdOptionType Type => (NdOptionType)Bytes[0];

    /// <summary>The whole option, type and length included: a multiple of 8 octets, 8 at least.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    /// <summary>The address of a link-layer address option over Ethernet; the first six octets of any other option's data.</summary>
    public MacAddress LinkLayerAddress => MacAddress.Read(Bytes[2..]);

    /// <summary>The MTU of an MTU option; the last four of the first eight octets of any other.</summary>
    public uint Mtu => Wire.U32(Bytes, 4);
}
