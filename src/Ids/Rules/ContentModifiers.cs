namespace Weft.Ids;

/// <summary>Applies modifiers to a content, and says which of them exclude each other.</summary>
internal static class ContentModifiers
{
    // Suricata's bound on distances.
    private const int MaxDistance = 1 << 20;

    public static RuleError Apply(Content content, string keyword, Operand value)
    {
        bool isAbsolute = content.Offset is not null || content.Depth is not null || content.StartsWith;
        bool isTooSmall = value.Variable < 0 && value.Value < content.Bytes.Length;
        switch (keyword)
        {
            case "nocase":
                content.IgnoreCase();
                return RuleError.None;
            case "offset":
                bool hasOffset = content.Offset is not null || content.StartsWith || content.IsRelative;
                content.Offset = value;
                return hasOffset ? RuleError.ConflictingModifiers : value is { Variable: < 0, Value: < 0 or > ushort.MaxValue } ? RuleError.BadValue : RuleError.None;
            case "depth":
                bool hasDepth = content.Depth is not null || content.StartsWith || content.IsRelative;
                content.Depth = value;
                return hasDepth ? RuleError.ConflictingModifiers : isTooSmall ? RuleError.WindowTooSmall : RuleError.None;
            case "distance":
                bool hasDistance = content.Distance is not null || isAbsolute;
                content.Distance = value;
                return hasDistance ? RuleError.ConflictingModifiers : Math.Abs(value.Value) > MaxDistance ? RuleError.BadValue : RuleError.None;
            case "within":
                bool hasWithin = content.Within is not null || isAbsolute;
                content.Within = value;
                return hasWithin ? RuleError.ConflictingModifiers : isTooSmall ? RuleError.WindowTooSmall : value.Value > MaxDistance ? RuleError.BadValue : RuleError.None;
            case "startswith":
                content.StartsWith = true;
                return isAbsolute || content.IsRelative ? RuleError.ConflictingModifiers : RuleError.None;
            default:
                bool hasEnd = content.EndsWith;
                content.EndsWith = true;
                return hasEnd ? RuleError.ConflictingModifiers : RuleError.None;
        }
    }
}
