namespace Weft.Ids;

/// <summary>What the flags behind an expression say about where it is looked for.</summary>
/// <param name="IsRelative">True if it begins behind the match before.</param>
/// <param name="Buffer">The buffer, null for the one that was named last.</param>
internal readonly record struct PcreFlags(bool IsRelative, BufferKind? Buffer);

/// <summary>Reads <c>/expression/flags</c>.</summary>
internal static class PcreText
{
    public static RuleError Read(string text, ByteSetCache sets, out Expression? expression, out PcreFlags flags)
    {
        expression = null;
        flags = default;
        int close = text.LastIndexOf('/');
        if (close <= 0)
        {
            return RuleError.BadPattern;
        }

        ExpressionModes modes = ExpressionModes.None;
        bool relative = false;
        BufferKind? buffer = null;
        string letters = text[(close + 1)..];

        // Names under which captures are kept, behind a comma, change nothing about the match.
        int comma = letters.IndexOf(',', StringComparison.Ordinal);
        foreach (char flag in comma < 0 ? letters : letters[..comma])
        {
            ExpressionModes? mode = ModeOf(flag);
            relative |= flag == 'R';
            modes |= mode ?? ExpressionModes.None;
            if (mode is null)
            {
                if (buffer is not null || !BufferNames.TryPcreFlag(flag, out BufferKind named))
                {
                    return RuleError.BadPattern;
                }

                buffer = named;
            }
        }

        flags = new PcreFlags(relative, buffer);
        return Expression.TryParse(text[1..close], modes, sets, out expression);
    }

    /// <summary>What a flag says about the expression; null if it names a buffer.</summary>
    private static ExpressionModes? ModeOf(char flag) => flag switch
    {
        'i' => ExpressionModes.IgnoreCase,
        'm' => ExpressionModes.Multiline,
        's' => ExpressionModes.DotAll,
        'x' => ExpressionModes.Extended,
        'A' => ExpressionModes.Anchored,
        'E' => ExpressionModes.DollarEndOnly,
        'G' => ExpressionModes.Ungreedy,
        'R' or 'B' or 'O' or 'X' => ExpressionModes.None,
        _ => null,
    };
}
