using System.CommandLine;
using Weft.Conformance.Checks;
using Weft.Conformance.Support;

const int Differs = 1;
const int NothingThere = 2;

var folder = new Argument<string>("folder") { Description = "A folder with captures (.pcap, .pcapng, .cap), or one capture." };
var json = new Option<bool>("--json") { Description = "Print the report as JSON." };
var all = new Option<bool>("--all") { Description = "Print every difference, not the first ten of each capture." };
var root = new RootCommand("Reads captures as Weft's packages do, beside tshark, and reports every difference.") { folder, json, all };
root.SetAction(result => Run(result.GetValue(folder)!, result.GetValue(json), result.GetValue(all)));
return root.Parse(args).Invoke();

static int Run(string path, bool asJson, bool all)
{
    CorpusCapture[] captures = Directory.Exists(path)
        ? [.. CorpusCapture.In(path, SearchOption.AllDirectories, "", isUsers: true).OrderBy(capture => capture.Name, StringComparer.Ordinal)]
        : File.Exists(path) ? [new CorpusCapture(Path.GetFileName(path), path, isUsers: true)] : [];
    if (captures.Length == 0)
    {
        Console.Error.WriteLine($"{path} is neither a capture nor a folder that holds one (.pcap, .pcapng, .cap)");
        return NothingThere;
    }

    CaptureReport[] reports = [.. captures.Select(CaptureReport.Of)];
    if (asJson)
    {
        Console.WriteLine(ReportJson.Write(reports));
    }
    else
    {
        foreach (CaptureReport report in reports)
        {
            Print(report, all ? int.MaxValue : 10);
        }

        Console.WriteLine($"{reports.Length} captures, {reports.Sum(report => (long)report.Frames):N0} frames, {reports.Sum(report => (long)report.Compared):N0} values compared, "
            + $"{reports.Sum(report => (long)report.HostileCases):N0} hurt frames survived, {reports.Sum(report => report.Differences.Count):N0} differences");
    }

    return Array.Exists(reports, report => report.Differences.Count > 0) ? Differs : 0;
}

static void Print(CaptureReport report, int most)
{
    string outcome = report.Differences.Count > 0 ? $"{report.Differences.Count} DIFFERENCES" : report.NotCompared is null ? "agrees" : "not compared";
    Console.WriteLine($"{report.Capture}: {outcome}; {report.Frames} frames, {report.Compared} values{(report.ComputedBy is null ? "" : $" beside {report.ComputedBy}")}, {report.PassedOver} frames passed over");
    foreach (string? remark in new[] { report.Damage is null ? null : $"damaged: {report.Damage}; the frames before it are used", report.NotCompared })
    {
        if (remark is not null)
        {
            Console.WriteLine($"  {remark}");
        }
    }

    foreach (Difference difference in report.Differences.Take(most))
    {
        Console.WriteLine($"  {difference}");
    }

    if (report.Differences.Count > most)
    {
        Console.WriteLine($"  and {report.Differences.Count - most} more; --all prints them");
    }
}
