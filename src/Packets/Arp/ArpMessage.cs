namespace Weft.Packets;

/// <summary>An ARP or RARP message for IPv4 over Ethernet as a value (RFC 826, RFC 903).</summary>
public readonly record struct ArpMessage
{
    /// <summary>Octets of a message.</summary>
    public const int Length = 28;

    internal const int OperationOffset = 6;
    internal const int SenderMacOffset = 8;
    internal const int SenderAddressOffset = 14;
    internal const int TargetMacOffset = 18;
    internal const int TargetAddressOffset = 24;

    /// <summary>Hardware type 1, protocol type 0x0800, hardware length 6, protocol length 4.</summary>
    internal const ulong EthernetIPv4 = 0x0001_0800_0604;

    /// <summary>What the message asks or says.</summary>
    public ArpOperation Operation { get; init; }

    /// <summary>MAC address of the sender.</summary>
    public MacAddress SenderMac { get; init; }

    /// <summary>IPv4 address of the sender.</summary>
    public IPv4Address SenderAddress { get; init; }

    /// <summary>MAC address of the target, zero in a request.</summary>
    public MacAddress TargetMac { get; init; }

    /// <summary>IPv4 address of the target.</summary>
    public IPv4Address TargetAddress { get; init; }

    /// <summary>The answer of <paramref name="owner"/>, who has the address that this request asks for.</summary>
    public ArpMessage ReplyFrom(MacAddress owner) => new()
    {
        Operation = ArpOperation.Reply,
        SenderMac = owner,
        SenderAddress = TargetAddress,
        TargetMac = SenderMac,
        TargetAddress = SenderAddress,
    };

    /// <summary>Writes the message and returns <see cref="Length"/>.</summary>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is shorter than <see cref="Length"/>.</exception>
    public int Write(Span<byte> destination)
    {
        Span<byte> bytes = Wire.Take(destination, Length);
        Wire.Put32(bytes, 0, (uint)(EthernetIPv4 >> 16));
        Wire.Put16(bytes, 4, (int)(EthernetIPv4 & 0xFFFF));
        Wire.Put16(bytes, OperationOffset, (int)Operation);
        SenderMac.Write(bytes[SenderMacOffset..]);
        SenderAddress.Write(bytes[SenderAddressOffset..]);
        TargetMac.Write(bytes[TargetMacOffset..]);
        TargetAddress.Write(bytes[TargetAddressOffset..]);
        return Length;
    }
}
