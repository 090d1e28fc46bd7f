using System.Globalization;
using Weft.Host.Config;
using Weft.Packets;

namespace Weft.Host.Observe;

/// <summary>
/// A circumstance of an event, kept as it is: the text is made when somebody reads it, so that publishing costs no allocation.
/// </summary>
internal readonly struct EventField
{
    private readonly string? _text;
    private readonly ulong _high;
    private readonly ulong _low;
    private readonly Form _form;

    private EventField(Form form, ulong low, ulong high = 0, string? text = null) => (_form, _low, _high, _text) = (form, low, high, text);

    private enum Form : byte
    {
        Text,
        Integer,
        Real,
        Mac,
        IPv4,
        IPv6,
    }

    /// <summary>A text that exists already, such as a name of the configuration.</summary>
    public static implicit operator EventField(string text) => new(Form.Text, 0, 0, text);

    public static implicit operator EventField(long number) => new(Form.Integer, (ulong)number);

    public static implicit operator EventField(double number) => new(Form.Real, BitConverter.DoubleToUInt64Bits(number));

    public static implicit operator EventField(MacAddress mac) => new(Form.Mac, mac.Value);

    public static implicit operator EventField(IPv4Address address) => new(Form.IPv4, address.Value);

    public static implicit operator EventField(IPv6Address address) => new(Form.IPv6, address.Low, address.High);

    public static implicit operator EventField(TunnelAddress address) => address.IsIPv6 ? address.V6 : address.V4;

    public override string ToString() => _form switch
    {
        Form.Integer => ((long)_low).ToString(CultureInfo.InvariantCulture),
        Form.Real => BitConverter.UInt64BitsToDouble(_low).ToString("0.###", CultureInfo.InvariantCulture),
        Form.Mac => new MacAddress(_low).ToString(),
        Form.IPv4 => new IPv4Address((uint)_low).ToString(),
        Form.IPv6 => new IPv6Address(_high, _low).ToString(),
        _ => _text ?? "",
    };
}
