using System.Globalization;
using System.Text;

namespace Weft.Ids;

/// <summary>Writes the options of one rule.</summary>
internal sealed class RuleWriter
{
    private const string Plain = " !#$%&'()*+,-./<=>?@[]^_`{}~";

    private readonly StringBuilder _text = new();
    private readonly List<int> _variables = [];

    /// <summary>The buffer whose checks are written: a number in it has a keyword of its own.</summary>
    public BufferKind Buffer { get; set; }

    public void Append(string text) => _text.Append(text);

    public void Option(string keyword, string value) => _text.Append(keyword).Append(':').Append(value).Append("; ");

    public void Flag(string keyword, bool isSet = true) => _text.Append(isSet ? keyword + "; " : "");

    public void Number(string keyword, Operand? value)
    {
        if (value is Operand operand)
        {
            Option(keyword, Of(operand));
        }
    }

    /// <summary>Writes a comparison with the number that the buffer is.</summary>
    public void Number(NumberRange range)
    {
        bool isVersion = Buffer == BufferKind.TlsVersion;
        string keyword = Buffer switch { BufferKind.DnsOpcode => "dns.opcode", BufferKind.DnsResponseCode => "dns.rcode", BufferKind.DnsType => "dns.rrtype", _ => "ssl_version" };
        Option(keyword, isVersion ? (range.IsNegated ? "!" : "") + NumberOptions.VersionNames(range) : range.ToString());
    }

    /// <summary>A number, or the name of a variable.</summary>
    public string Of(Operand operand) => operand.Variable < 0 ? operand.Value.ToString(CultureInfo.InvariantCulture) : NameOf(operand.Variable);

    /// <summary>Variables are numbered as they are written, which need not be the order in which they were read.</summary>
    public string NameOf(int variable)
    {
        if (!_variables.Contains(variable))
        {
            _variables.Add(variable);
        }

        return string.Create(CultureInfo.InvariantCulture, $"v{_variables.IndexOf(variable)}");
    }

    /// <summary>Bytes in quotes, those that are no plain text in hexadecimal.</summary>
    public static string Quoted(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder("\"");
        bool isHex = false;
        foreach (byte value in bytes)
        {
            bool isPlain = char.IsAsciiLetterOrDigit((char)value) || Plain.Contains((char)value, StringComparison.Ordinal);
            if (isPlain == isHex)
            {
                text.Append('|');
                isHex = !isHex;
            }
            else if (isHex)
            {
                text.Append(' ');
            }

            _ = isPlain ? text.Append((char)value) : text.Append(value.ToString("X2", CultureInfo.InvariantCulture));
        }

        return text.Append(isHex ? "|\"" : "\"").ToString();
    }

    public override string ToString() => _text.ToString();
}
