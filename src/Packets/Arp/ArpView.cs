namespace Weft.Packets;

/// <summary>A checked view of an ARP or RARP message for IPv4 over Ethernet (RFC 826, RFC 903).</summary>
/// <remarks>After <see cref="TryParse"/> returned true no member can fault, as long as the bytes stay in place.</remarks>
public readonly ref struct ArpView
{
    private readonly ReadOnlySpan<byte> _bytes;

    private ArpView(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>What the message asks or says; values beyond the enumeration occur.</summary>
    public ArpOperation Operation => (ArpOperation)Wire.U16(_bytes, ArpMessage.OperationOffset);

    /// <summary>MAC address of the sender.</summary>
    public MacAddress SenderMac => MacAddress.Read(_bytes[ArpMessage.SenderMacOffset..]);

    /// <summary>IPv4 address of the sender; 0.0.0.0 in a probe (RFC 5227 section 2.1.1).</summary>
    public IPv4Address SenderAddress => IPv4Address.Read(_bytes[ArpMessage.SenderAddressOffset..]);

    /// <summary>MAC address of the target; meaningless in a request.</summary>
    public MacAddress TargetMac => MacAddress.Read(_bytes[ArpMessage.TargetMacOffset..]);

    /// <summary>IPv4 address of the target: the one asked for in a request.</summary>
    public IPv4Address TargetAddress => IPv4Address.Read(_bytes[ArpMessage.TargetAddressOffset..]);

    /// <summary>True for an announcement: sender and target address are the same and not 0.0.0.0 (RFC 5227 section 3).</summary>
    public bool IsGratuitous => SenderAddress == TargetAddress && SenderAddress != IPv4Address.Any;

    /// <summary>True for a probe: a request that claims no address yet (RFC 5227 section 1.1).</summary>
    public bool IsProbe => Operation == ArpOperation.Request && SenderAddress == IPv4Address.Any;

    /// <summary>The message as a value.</summary>
    public ArpMessage ToMessage() => new()
    {
        Operation = Operation,
        SenderMac = SenderMac,
        SenderAddress = SenderAddress,
        TargetMac = TargetMac,
        TargetAddress = TargetAddress,
    };

    /// <summary>Checks that 28 octets are there and speak of IPv4 over Ethernet; anything behind them is padding.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out ArpView view)
    {
        if (bytes.Length < ArpMessage.Length || Wire.U64(bytes, 0) >> 16 != ArpMessage.EthernetIPv4)
        {
            view = default;
            return false;
        }

        view = new ArpView(bytes[..ArpMessage.Length]);
        return true;
    }
}
