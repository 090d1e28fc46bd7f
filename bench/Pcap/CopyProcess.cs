using System.Globalization;
using Weft.Bench.Ratios;

namespace Weft.Bench.Pcap;

/// <summary>
/// Whole processes, start and end included: <c>samples/Pcap copy FILE /dev/null</c> beside
/// <c>tcpdump -r FILE -w /dev/null</c>, user and system CPU time of each. The sample runs as it is built: the runtime starts
/// and compiles what it needs within the measured time.
/// </summary>
public abstract class CopyProcess : CopyRatio
{
    /// <inheritdoc/>
    protected CopyProcess(bool pcapng)
        : base(pcapng)
    {
    }

    /// <inheritdoc/>
    public override string PeerName => "tcpdump -r FILE -w /dev/null";

    /// <inheritdoc/>
    public override Statistic Statistic => Statistic.Median;

    /// <inheritdoc/>
    protected override string How => "whole process";

    /// <inheritdoc/>
    protected override bool NeedsLargeInput => true;

    /// <inheritdoc/>
    protected override string? LoadPeer() => PeerProcess.Exists("tcpdump") ? null : "tcpdump is not installed";

    /// <inheritdoc/>
    protected override (long CpuNanoseconds, long Packets) CopyOurs(string input, string output)
    {
        string sample = Path.Combine(AppContext.BaseDirectory, "Weft.Samples.Pcap.dll");
        (long cpu, int exitCode, string said) = PeerProcess.Run("dotnet", sample, "copy", input, output);
        Require(exitCode, sample);
        return (cpu, long.Parse(said.Split(' ')[0], CultureInfo.InvariantCulture));
    }

    /// <inheritdoc/>
    protected override (long CpuNanoseconds, long Packets) CopyPeer(string input, string output)
    {
        (long cpu, int exitCode, _) = PeerProcess.Run("tcpdump", "-r", input, "-w", output);
        Require(exitCode, "tcpdump");

        // It does not say how many; that its copy was the same, byte for byte, was checked before.
        return (cpu, PacketsExpected);
    }

    private static void Require(int exitCode, string program)
    {
        if (exitCode != 0)
        {
            throw new InvalidOperationException($"{program} ended with {exitCode}");
        }
    }
}
