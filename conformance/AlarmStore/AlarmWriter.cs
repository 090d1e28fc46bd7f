using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Weft.AlarmStore;
using Weft.Analytics;
using Weft.Conformance.Support;

namespace Weft.Conformance.AlarmStoreTests;

/// <summary>A process that writes alarms and models as fast as it can until somebody kills it. It is this assembly, started again.</summary>
internal static class AlarmWriter
{
    public const string Origin = "writer";

    public const string Model = "clusters";

    public const int BatchSize = 20;

    private const string Variable = "WEFT_CONFORMANCE_ALARM_WRITER";
    private const int ModelBytes = 300_000;

    public static AlarmDatabase Open(string kind, string place, string origin) =>
        kind == "sqlite" ? AlarmDatabase.OpenSqlite(place, origin) : AlarmDatabase.OpenPostgreSql(place, origin);

    public static RunningCommand Start(string kind, string place)
    {
        string host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } path ? path : "dotnet";
        return Command.Start("env", $"{Variable}={kind}|{place}", Command.Find(host), typeof(AlarmWriter).Assembly.Location);
    }

    /// <summary>The last round that the writer said was stored.</summary>
    public static long? Acknowledged(string output)
    {
        string? last = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault(line => line.StartsWith("stored ", StringComparison.Ordinal));
        return last is null ? null : long.Parse(last.AsSpan("stored ".Length), CultureInfo.InvariantCulture);
    }

#pragma warning disable CA2255 // A second entry point is what is wanted here: the test runner owns the first.
    [ModuleInitializer]
    internal static void WriteUntilKilled()
#pragma warning restore CA2255
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } order)
        {
            return;
        }

        string[] parts = order.Split('|', 2);
        using AlarmDatabase store = Open(parts[0], parts[1], Origin);
        for (long round = store.Latest(1) is [{ } last, ..] ? last.Occurrences + 1 : 1; ; round++)
        {
            byte[] model = new byte[ModelBytes];
            model.AsSpan().Fill((byte)round);
            _ = BitConverter.TryWriteBytes(model, round);
            _ = SHA256.HashData(model.AsSpan(0, ModelBytes - SHA256.HashSizeInBytes), model.AsSpan(ModelBytes - SHA256.HashSizeInBytes));
            store.Append([.. Enumerable.Range(0, BatchSize).Select(i => Change(round, i))]);
            store.SaveModel(Model, new StoredModel(1, model));
            Console.Out.WriteLine($"stored {round}");
            Console.Out.Flush();
        }
    }

    private static AlarmRecord Change(long round, int number) => new()
    {
        Time = DateTimeOffset.UnixEpoch.AddSeconds(round),
        Resource = $"machine-{number}",
        Type = "process-behaviour",
        Change = AlarmChange.Repeated,
        Severity = AlarmSeverity.Major,
        Score = 90,
        Occurrences = round,
        Text = new string('x', 200),
        Features = [new("a", "1", 1), new("b", "2", 2), new("c", "3", 3)],
    };
}
