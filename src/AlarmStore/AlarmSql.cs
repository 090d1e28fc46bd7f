namespace Weft.AlarmStore;

/// <summary>Tables and statements that both databases understand. Times are microseconds since 1970, severities and changes are words.</summary>
internal static class AlarmSql
{
    /// <summary>Version of the tables.</summary>
    public const int Format = 1;

    public const string HasTables = "SELECT format FROM weft_format";

    public const string SetFormat = "INSERT INTO weft_format (format) VALUES (@format)";

    public const string CreateFormat = "CREATE TABLE IF NOT EXISTS weft_format (format INTEGER NOT NULL)";

    public const string AppendChange = """
        INSERT INTO alarm_change (origin, time_us, resource, type, qualifier, change, severity, score, p_value, occurrences, text)
        VALUES (@origin, @time, @resource, @type, @qualifier, @change, @severity, @score, @pValue, @occurrences, @text)
        RETURNING sequence
        """;

    public const string AppendFeature = """
        INSERT INTO alarm_feature (sequence, position, name, value, contribution) VALUES (@sequence, @position, @name, @value, @contribution)
        """;

    public const string PointToLast = """
        INSERT INTO alarm (origin, resource, type, qualifier, sequence) VALUES (@origin, @resource, @type, @qualifier, @sequence)
        ON CONFLICT (origin, resource, type, qualifier) DO UPDATE SET sequence = excluded.sequence
        """;

    public const string ForgetCleared = """
        DELETE FROM alarm WHERE origin = @origin AND sequence IN
            (SELECT sequence FROM alarm_change WHERE origin = @origin AND severity = 'cleared' AND time_us < @before)
        """;

    public const string PruneFeatures = """
        DELETE FROM alarm_feature WHERE sequence IN
            (SELECT sequence FROM alarm_change WHERE origin = @origin AND time_us < @before
             AND sequence NOT IN (SELECT sequence FROM alarm WHERE origin = @origin))
        """;

    public const string PruneChanges = """
        DELETE FROM alarm_change WHERE origin = @origin AND time_us < @before
            AND sequence NOT IN (SELECT sequence FROM alarm WHERE origin = @origin)
        """;

    public const string Features = "SELECT name, value, contribution FROM alarm_feature WHERE sequence = @sequence ORDER BY position";

    public const string SaveModel = """
        INSERT INTO model (origin, name, format, state) VALUES (@origin, @name, @format, @state)
        ON CONFLICT (origin, name) DO UPDATE SET format = excluded.format, state = excluded.state
        """;

    public const string LoadModel = "SELECT format, state FROM model WHERE origin = @origin AND name = @name";

    private const string Columns = "c.sequence, c.time_us, c.resource, c.type, c.qualifier, c.change, c.severity, c.score, c.p_value, c.occurrences, c.text";

    public const string Latest = $"SELECT {Columns} FROM alarm_change c WHERE c.origin = @origin AND c.sequence < @before ORDER BY c.sequence DESC LIMIT @count";

    public const string Active = $"""
        SELECT {Columns} FROM alarm a JOIN alarm_change c ON c.sequence = a.sequence
        WHERE a.origin = @origin AND c.severity <> 'cleared' ORDER BY c.sequence DESC LIMIT @count
        """;

    public static string[] CreateTables(SqlDialect dialect) =>
    [
        $"""
        CREATE TABLE alarm_change (
            sequence {dialect.NumberingColumn}, origin TEXT NOT NULL, time_us BIGINT NOT NULL, resource TEXT NOT NULL, type TEXT NOT NULL,
            qualifier TEXT NOT NULL, change TEXT NOT NULL, severity TEXT NOT NULL, score DOUBLE PRECISION NOT NULL,
            p_value DOUBLE PRECISION NOT NULL, occurrences BIGINT NOT NULL, text TEXT NOT NULL)
        """,
        "CREATE INDEX alarm_change_by_time ON alarm_change (origin, time_us)",
        """
        CREATE TABLE alarm_feature (
            sequence BIGINT NOT NULL REFERENCES alarm_change (sequence), position INTEGER NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL,
            contribution DOUBLE PRECISION NOT NULL, PRIMARY KEY (sequence, position))
        """,
        "CREATE INDEX alarm_feature_by_value ON alarm_feature (name, value)",
        """
        CREATE TABLE alarm (
            origin TEXT NOT NULL, resource TEXT NOT NULL, type TEXT NOT NULL, qualifier TEXT NOT NULL,
            sequence BIGINT NOT NULL REFERENCES alarm_change (sequence), PRIMARY KEY (origin, resource, type, qualifier))
        """,
        "CREATE INDEX alarm_by_sequence ON alarm (sequence)",
        $"""
        CREATE TABLE model (
            origin TEXT NOT NULL, name TEXT NOT NULL, format INTEGER NOT NULL, state {dialect.BytesColumn} NOT NULL, PRIMARY KEY (origin, name))
        """,
    ];
}
