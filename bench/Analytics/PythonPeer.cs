using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Weft.Bench.Ratios;

namespace Weft.Bench.Analytics;

/// <summary>A peer in Python: one process that stays, so that starting it is not measured. It takes its CPU time itself.</summary>
public sealed class PythonPeer : IDisposable
{
    private readonly Process _process;

    private PythonPeer(Process process) => _process = process;

    /// <summary>Starts <c>Peers/analytics.py</c>; the interpreter is $WEFT_PYTHON, or Debian's.</summary>
    /// <returns>Null and the reason if Python or a module is missing.</returns>
    public static PythonPeer? TryStart(string peer, string folder, out string whyNot)
    {
        string python = Environment.GetEnvironmentVariable("WEFT_PYTHON") ?? "/usr/bin/python3";
        string script = Path.Combine(AppContext.BaseDirectory, "Peers", "analytics.py");
        try
        {
            var start = new ProcessStartInfo(python, [script, peer, folder]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
            foreach (string library in (string[])["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"])
            {
                start.Environment[library] = "1";
            }

            Process process = Process.Start(start)!;
            if (process.StandardOutput.ReadLine() == "ready")
            {
                whyNot = "";
                return new PythonPeer(process);
            }

            whyNot = process.StandardError.ReadToEnd().TrimEnd().Split('\n')[^1];
            process.Dispose();
        }
        catch (Win32Exception missing)
        {
            whyNot = missing.Message;
        }

        return null;
    }

    /// <summary>One pass.</summary>
    public Sample Run(double operations)
    {
        _process.StandardInput.WriteLine();
        _process.StandardInput.Flush();
        string[] answer = _process.StandardOutput.ReadLine()!.Split(' ');
        return new Sample(double.Parse(answer[0], CultureInfo.InvariantCulture) / operations, ulong.Parse(answer[1], CultureInfo.InvariantCulture));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }
}
