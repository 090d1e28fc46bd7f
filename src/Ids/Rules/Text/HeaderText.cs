using System.Globalization;
using System.Numerics;

namespace Weft.Ids;

/// <summary>Writes comparisons of header fields.</summary>
internal static class HeaderText
{
    public static void Write(HeaderCheck check, RuleWriter to)
    {
        string keyword = HeaderOptions.KeywordOf(check.Field);
        switch (check.Field)
        {
            case HeaderField.SameAddress:
                to.Flag(keyword);
                break;
            case HeaderField.DecodeEvent:
                to.Option(keyword, DecodeEventNames.NameOf((DecodeEvents)check.Range.First));
                break;
            case HeaderField.StreamEvent:
                to.Option(keyword, StreamEventNames.NameOf((StreamEvents)check.Range.First));
                break;
            case HeaderField.IpOption:
                to.Option(keyword, HeaderOptions.OptionName(check.Range.First == uint.MaxValue ? -1 : BitOperations.TrailingZeroCount(check.Range.First)));
                break;
            case HeaderField.TcpFlags or HeaderField.FragmentBits:
                to.Option(keyword, Bits(check));
                break;
            case HeaderField.StreamSizeClient or HeaderField.StreamSizeServer or HeaderField.StreamSizeBoth or HeaderField.StreamSizeEither:
                WriteStreamSize(check, to);
                break;
            default:
                to.Option(keyword, check.Range.ToString());
                break;
        }
    }

    private static string Bits(HeaderCheck check)
    {
        string mode = check.Range.IsNegated ? "!" : check.AnyBit ? "*" : check.AllBits ? "+" : "";
        string letters = HeaderOptions.LettersOf(check.Field, (uint)check.Range.First);
        string ignored = HeaderOptions.LettersOf(check.Field, ~check.Mask);
        return $"{mode}{(letters.Length == 0 ? "0" : letters)}{(ignored.Length == 0 ? "" : "," + ignored)}";
    }

    // `stream_size:server,<,1111`: the sign is a word of its own.
    private static void WriteStreamSize(HeaderCheck check, RuleWriter to)
    {
        string side = check.Field switch
        {
            HeaderField.StreamSizeClient => "client",
            HeaderField.StreamSizeServer => "server",
            HeaderField.StreamSizeBoth => "both",
            _ => "either",
        };
        NumberRange range = check.Range;
        (string sign, long number) = range switch
        {
            { IsNegated: true } => ("!", range.First),
            { Last: long.MaxValue } => (">=", range.First),
            { First: 0 } when range.Last != 0 => ("<=", range.Last),
            _ => ("=", range.First),
        };
        to.Option("stream_size", string.Create(CultureInfo.InvariantCulture, $"{side},{sign},{number}"));
    }
}
