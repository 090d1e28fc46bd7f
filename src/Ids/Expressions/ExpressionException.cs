namespace Weft.Ids;

/// <summary>An expression that cannot be read; never leaves <see cref="Expression.TryParse"/>.</summary>
internal sealed class ExpressionException(RuleError error, string reason) : Exception(reason)
{
    public RuleError Error => error;

    public static ExpressionException Wrong(string reason) => new(RuleError.BadPattern, reason);

    public static ExpressionException Unsupported(string reason) => new(RuleError.UnsupportedValue, reason);
}
