using System.Globalization;
using System.Text.RegularExpressions;
using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Pcap;

namespace Weft.Conformance.EncapTests;

/// <summary>
/// DPDK's example program ipsec-secgw between capture files: plain packets in, sealed ones out and the other way round. No Debian
/// package has it; docs/guides/esp-rss.md says how to build it.
/// </summary>
internal sealed partial class SecurityGateway : IDisposable
{
    /// <summary>Names the program.</summary>
    public const string Variable = "WEFT_IPSEC_SECGW";

    /// <summary>Names a folder that keeps what the gateway sent, to renew the corpus.</summary>
    public const string KeepVariable = "WEFT_IPSEC_SECGW_KEEP";

    private readonly string _folder = Directory.CreateTempSubdirectory("weft-secgw-").FullName;

    /// <summary>Sends plain frames to port 0 and sealed ones to port 1 and collects what comes out of either.</summary>
    /// <param name="associations">What it is configured with: <see cref="GatewayAssociation.Short"/> or <see cref="GatewayAssociation.Extended"/>.</param>
    /// <param name="plain">Frames to seal.</param>
    /// <param name="sealedFrames">Frames to open.</param>
    /// <param name="kept">Name that the capture of what it sealed has in the corpus.</param>
    /// <returns>What port 0 sent (opened) and port 1 (sealed).</returns>
    public (List<byte[]> Opened, List<byte[]> Sealed) Pass(IReadOnlyList<GatewayAssociation> associations, IReadOnlyList<byte[]> plain, IReadOnlyList<byte[]> sealedFrames, string kept)
    {
        string? program = Environment.GetEnvironmentVariable(Variable);
        Assert.SkipUnless(File.Exists(program), $"needs DPDK's ipsec-secgw, which {Variable} names");
        LiveRequirements.NeedPrograms("kill");
        Write("in0.pcap", plain);
        Write("in1.pcap", sealedFrames);
        File.WriteAllText(Path.Combine(_folder, "secgw.cfg"), string.Concat(associations.Select(pair => pair.Configuration())) + "neigh port 0 02:00:00:00:bb:00\nneigh port 1 02:00:00:00:bb:01\n");
        using RunningCommand gateway = Command.Start(program!, [
            "--no-huge", "--no-pci", "--no-telemetry", "--no-shconf", "-m", "512", "-l", "0", "--file-prefix", Path.GetFileName(_folder),
            "--vdev", $"net_pcap0,rx_pcap={_folder}/in0.pcap,tx_pcap={_folder}/out0.pcap",
            "--vdev", $"net_pcap1,rx_pcap={_folder}/in1.pcap,tx_pcap={_folder}/out1.pcap",
            "--vdev", "crypto_aesni_gcm0", "--vdev", "crypto_chacha20_poly13050",
            "--", "-p", "0x3", "-u", "0x2", "-l", "-w", "128", "-s", "8192", "--config=(0,0,0),(1,0,0)", "-t", "1", "-f", $"{_folder}/secgw.cfg",
            // For all associations together: it sizes the associated data by this flag.
            .. associations[0].FirstSequence > 0 ? (string[])["-e"] : []]);
        int all = plain.Count + sealedFrames.Count;
        bool done = Wait.Until(() => Through(gateway.Output) >= all, TimeSpan.FromSeconds(60), () => gateway.HasExited);
        Assert.True(done, gateway.Output + gateway.Error);
        // Files are complete once it has closed them.
        Command.Run("kill", "-INT", gateway.ProcessId.ToString(CultureInfo.InvariantCulture)).Required();
        _ = gateway.WaitForExit(TimeSpan.FromSeconds(30));
        if (Environment.GetEnvironmentVariable(KeepVariable) is { Length: > 0 } keep)
        {
            File.Copy(Path.Combine(_folder, "out1.pcap"), Path.Combine(keep, kept), overwrite: true);
        }

        return (Read("out0.pcap"), Read("out1.pcap"));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>Packets sent or dropped, by the last statistics that it printed.</summary>
    private static int Through(string output)
    {
        Match? last = Totals().Matches(output).LastOrDefault();
        return last is null ? 0 : int.Parse(last.Groups[1].ValueSpan, CultureInfo.InvariantCulture) + int.Parse(last.Groups[2].ValueSpan, CultureInfo.InvariantCulture);
    }

    private void Write(string name, IReadOnlyList<byte[]> frames)
    {
        using PcapWriter writer = PcapWriter.Create(Path.Combine(_folder, name));
        foreach ((int index, byte[] frame) in frames.Index())
        {
            writer.WritePacket(Timestamp.FromMilliseconds(index), frame);
        }
    }

    private List<byte[]> Read(string name)
    {
        using PcapReader reader = PcapReader.Open(Path.Combine(_folder, name));
        var frames = new List<byte[]>();
        while (reader.TryRead(out PcapPacket packet))
        {
            frames.Add(packet.Data.ToArray());
        }

        return frames;
    }

    [GeneratedRegex(@"Total packets sent:\s+(\d+)\s+Total packets dropped:\s+(\d+)", RegexOptions.CultureInvariant)]
    private static partial Regex Totals();
}
