using System.Globalization;

namespace Weft.Ids;

/// <summary>Reads how often a part of an expression may come.</summary>
internal static class RepetitionReader
{
    private const int MaxTimes = 65_535;

    /// <summary>Reads <c>*</c>, <c>+</c>, <c>?</c> or braces.</summary>
    /// <returns>False if none of them is next.</returns>
    public static bool TryRead(ExpressionText text, out int least, out int most)
    {
        (least, most) = (0, ExpressionNode.Unbounded);
        switch (text.Next)
        {
            case (byte)'*':
                text.At++;
                return true;
            case (byte)'+':
                text.At++;
                least = 1;
                return true;
            case (byte)'?':
                text.At++;
                most = 1;
                return true;
            case (byte)'{':
                return TryReadBraces(text, out least, out most);
            default:
                return false;
        }
    }

    // {2}, {2,}, {2,5}; anything else in braces is itself.
    private static bool TryReadBraces(ExpressionText text, out int least, out int most)
    {
        int at = text.At++;
        bool isRead = text.ReadDigits(10, int.MaxValue, out least) > 0;
        most = least;
        if (isRead && text.TryRead((byte)',') && text.ReadDigits(10, int.MaxValue, out most) == 0)
        {
            most = ExpressionNode.Unbounded;
        }

        if (!isRead || !text.TryRead((byte)'}'))
        {
            text.At = at;
            return false;
        }

        bool isGood = least <= MaxTimes && (most == ExpressionNode.Unbounded || (most <= MaxTimes && least <= most));
        return isGood ? true : throw ExpressionException.Wrong(string.Create(CultureInfo.InvariantCulture, $"{{{least},{most}}} is out of range"));
    }
}
