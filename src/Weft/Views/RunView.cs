using System.Text.Json.Nodes;
using Weft.Host.Control;
using Weft.Host.Datapath;
using Weft.Host.Observe;

namespace Weft.Cli.Views;

/// <summary>What a run came to.</summary>
internal static class RunView
{
    public static void Write(SwitchRunResult result, bool asJson)
    {
        if (asJson)
        {
            Terminal.WriteLine(Json(result).ToJsonString(new() { WriteIndented = true }));
        }
        else
        {
            SnapshotView.Write(result.Final, ShowTopic.All, result.Elapsed.TotalSeconds);
            Terminal.WriteLine(Sentence(result));
        }

        if (result.End == SwitchEnd.OutputFailed)
        {
            Console.Error.WriteLine($"what was written is not whole: {result.Failure?.Message}");
        }
        else if (result.Failure is not null)
        {
            Console.Error.WriteLine($"weft met a defect of its own and stopped; please report it: {result.Failure}");
        }
    }

    private static string Sentence(SwitchRunResult result)
    {
        string end = result.End switch
        {
            SwitchEnd.InputEnded => "the captures ended",
            SwitchEnd.Stopped => "stopped",
            SwitchEnd.HandedOver => "handed over",
            SwitchEnd.OutputFailed => "output failed",
            _ => "failed",
        };
        double seconds = result.Elapsed.TotalSeconds;
        long frames = result.Final.Totals.Received;
        return $"{result.Final.Name}: {end} after {seconds:0.000} s; {Tables.Count(frames)} frames in, {Tables.Number(seconds > 0 ? frames / seconds : 0)} a second";
    }

    private static JsonObject Json(SwitchRunResult result) => new()
    {
        ["end"] = char.ToLowerInvariant(result.End.ToString()[0]) + result.End.ToString()[1..],
        ["elapsedSeconds"] = result.Elapsed.TotalSeconds,
        ["failure"] = result.Failure?.Message,
        ["final"] = JsonNode.Parse(SnapshotJson.Serialize(result.Final)),
    };
}
