namespace Weft.Host.Config;

/// <summary>Where alarms and what was learned are kept. Exactly one of the two databases is set.</summary>
public sealed record AlarmStorePlan
{
    /// <summary>File of the embedded database; null for PostgreSQL.</summary>
    public string? SqlitePath { get; init; }

    /// <summary>File whose first line is the connection string of PostgreSQL; null for SQLite. A file, since it may hold a password.</summary>
    public string? PostgreSqlFile { get; init; }

    /// <summary>How long what is over is kept.</summary>
    public TimeSpan Retain { get; init; } = TimeSpan.FromDays(90);
}
