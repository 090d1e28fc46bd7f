using System.Diagnostics;
using System.Globalization;
using Weft.Conformance.Support;

namespace Weft.Conformance.Checks;

/// <summary>Where expectations come from: the table beside a capture, or tshark there and then.</summary>
internal static class Judge
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(5);

    /// <summary>What must come out of a capture.</summary>
    /// <param name="capture">The capture.</param>
    /// <param name="reason">Why there is no expectation, if there is none.</param>
    public static CorpusExpectation? Of(CorpusCapture capture, out string reason)
    {
        reason = "";
        if (capture.ExpectationPath is { } table)
        {
            return CorpusExpectation.Parse(File.ReadLines(table));
        }

        foreach (string program in new[] { "bash", "python3", "tshark" })
        {
            if (!Exists(program))
            {
                reason = $"no table beside it, and {program} is not installed";
                return null;
            }
        }

        return Ask(capture, out reason);
    }

    private static bool Exists(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/bin").Any(folder => File.Exists(Path.Combine(folder, program)));

    private static CorpusExpectation? Ask(CorpusCapture capture, out string reason)
    {
        string folder = Directory.CreateTempSubdirectory("weft-conformance-").FullName;
        try
        {
            foreach (string script in new[] { "expect.py", "expect.sh" })
            {
                using Stream resource = typeof(Judge).Assembly.GetManifestResourceStream(script)!;
                using FileStream file = File.Create(Path.Combine(folder, script));
                resource.CopyTo(file);
            }

            var start = new ProcessStartInfo("bash") { RedirectStandardOutput = true, RedirectStandardError = true };
            start.ArgumentList.Add(Path.Combine(folder, "expect.sh"));
            start.ArgumentList.Add(capture.FilePath);
            start.ArgumentList.Add(CorpusCapture.MaxFrames.ToString(CultureInfo.InvariantCulture));
            using Process process = Process.Start(start)!;
            Task<string> error = process.StandardError.ReadToEndAsync();
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            if (!process.WaitForExit(Timeout))
            {
                process.Kill(entireProcessTree: true);
                reason = $"tshark took more than {Timeout.TotalMinutes} minutes";
                return null;
            }

            process.WaitForExit();
            reason = process.ExitCode == 0 ? "" : $"tshark: {error.GetAwaiter().GetResult().Trim()}";
            return process.ExitCode == 0 ? CorpusExpectation.Parse(output.GetAwaiter().GetResult().Split('\n')) : null;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
