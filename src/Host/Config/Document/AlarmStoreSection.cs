namespace Weft.Host.Config.Document;

/// <summary>The key <c>analytics.store</c>.</summary>
internal sealed class AlarmStoreSection : Section
{
    public Setting<string> Sqlite { get; set; }

    public Setting<string> PostgreSql { get; set; }

    public Setting<int> RetainDays { get; set; }
}
