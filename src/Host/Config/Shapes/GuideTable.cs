namespace Weft.Host.Config.Shapes;

/// <summary>One group of keys as the guide shows it.</summary>
internal sealed record GuideTable(string Title, string Description, IReadOnlyList<GuideRow> Rows);

/// <summary>One key as the guide shows it.</summary>
internal sealed record GuideRow(string Key, string Value, string Default, string Meaning);
