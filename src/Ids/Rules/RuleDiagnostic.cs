namespace Weft.Ids;

/// <summary>One rule that was not taken, and why.</summary>
/// <param name="Line">Line in the text, from 1; the first one of a rule that is continued over several.</param>
/// <param name="Column">Column from 1, counted over the joined lines of the rule.</param>
/// <param name="Sid">Number of the rule, 0 if it was not read before the error.</param>
/// <param name="Error">What is wrong.</param>
/// <param name="Detail">The word it is about, such as the keyword.</param>
public readonly record struct RuleDiagnostic(int Line, int Column, uint Sid, RuleError Error, string Detail)
{
    /// <summary>One line for people: <c>12:40: UnknownKeyword 'http.uri' (sid 2000)</c>.</summary>
    public override string ToString() => $"{Line}:{Column}: {Error} '{Detail}'{(Sid == 0 ? "" : $" (sid {Sid})")}";
}
