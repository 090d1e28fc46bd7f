namespace Weft.Ids;

/// <summary>How an expression is read: PCRE's options.</summary>
[Flags]
internal enum ExpressionModes
{
    None = 0,

    /// <summary>ASCII letters match both cases (i).</summary>
    IgnoreCase = 1,

    /// <summary><c>^</c> and <c>$</c> match at lines (m).</summary>
    Multiline = 2,

    /// <summary>A dot matches line feeds (s).</summary>
    DotAll = 4,

    /// <summary>White space and comments mean nothing (x).</summary>
    Extended = 8,

    /// <summary>Repetitions are lazy unless a question mark says otherwise (U inside of the expression, G behind it).</summary>
    Ungreedy = 16,

    /// <summary><c>$</c> matches at the very end alone (E).</summary>
    DollarEndOnly = 32,

    /// <summary>The match begins where the subject begins (A).</summary>
    Anchored = 64,
}
