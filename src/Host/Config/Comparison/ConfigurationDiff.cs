using System.Text;

namespace Weft.Host.Config.Comparison;

/// <summary>What a reload would change.</summary>
public sealed record ConfigurationDiff
{
    /// <summary>Differences of the two texts in meaning: order of keys, comments and defaults that are written out are none.</summary>
    public required IReadOnlyList<ConfigurationChange> Changes { get; init; }

    /// <summary>What of this is more than another value: ports that are closed, tables that are forgotten. Empty without a running switch.</summary>
    public IReadOnlyList<string> Effects { get; init; } = [];

    /// <summary>Why the switch would refuse the reload; null if it would not.</summary>
    public string? Refusal { get; init; }

    /// <summary>Whether nothing would change.</summary>
    public bool IsEmpty => Changes.Count == 0;

    /// <summary>A line a difference as a person reads them, then the effects; empty if there is nothing to say.</summary>
    public string ToText()
    {
        var text = new StringBuilder();
        foreach (ConfigurationChange change in Changes)
        {
            string values = change switch
            {
                { Kind: ChangeKind.Added } => $"+ {change.Path}: {change.After}",
                { Kind: ChangeKind.Removed } => $"- {change.Path}: {change.Before}",
                _ => $"~ {change.Path}: {change.Before ?? "(none)"} → {change.After ?? "(none)"}",
            };
            _ = text.Append(values).Append('\n');
        }

        foreach (string effect in Effects)
        {
            _ = text.Append("! ").Append(effect).Append('\n');
        }

        return Refusal is null ? text.ToString() : text.Append("refused: ").Append(Refusal).Append('\n').ToString();
    }
}
