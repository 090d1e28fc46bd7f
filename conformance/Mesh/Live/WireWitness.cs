using System.Globalization;
using Weft.Conformance.Support;

namespace Weft.Conformance.MeshTests;

/// <summary>tcpdump between the machines, and tshark's opinion of what it saw.</summary>
internal sealed class WireWitness : IDisposable
{
    private const int MaxRecord = 16_384 + 256; // RFC 8446 section 5.2

    private readonly RunningCommand _capture;
    private readonly string _file;

    public WireWitness(NetNamespace network, string folder)
    {
        _file = Path.Combine(folder, "wire.pcap");
        _capture = network.Start("tcpdump", "-i", "wire", "-s", "0", "-B", "65536", "-U", "-w", _file);
        Assert.True(_capture.WaitForOutput("listening on", TimeSpan.FromSeconds(60)), _capture.Error);
    }

    /// <summary>Ends the capture.</summary>
    public void Stop()
    {
        _ = Command.Run("kill", "-INT", string.Create(CultureInfo.InvariantCulture, $"{_capture.ProcessId}"));
        _ = _capture.WaitForExit(TimeSpan.FromSeconds(30));
    }

    /// <summary>Packets of machines that are neither of the tunnels' nor of neighbour discovery, a line each.</summary>
    public string[] Strangers() => Tshark(
        "-Y", "(ip.src == 198.18.0.0/23 && ip.dst == 198.18.0.0/23 && !(ip.src == 198.18.0.99 || ip.dst == 198.18.0.99) && !(tcp.port == 15443)) || (ipv6 && !icmpv6) || ip.addr == 127.0.0.0/8 || ip.addr == 100.64.0.0/16",
        "-T", "fields", "-e", "frame.number", "-e", "_ws.col.Info");

    /// <summary>Connections to tunnels that are not one TLS record after the other, from either side, a line each.</summary>
    public string[] NotTls()
    {
        string[] streams = [.. Tshark("-Y", "tcp.port == 15443 && tcp.len > 0", "-T", "fields", "-e", "tcp.stream").Distinct()];
        Assert.NotEmpty(streams);
        return [.. streams.Where(stream => !IsTls(stream))];
    }

    /// <summary>True if the octets of a text were on the wire.</summary>
    public bool Saw(string text) => File.ReadAllBytes(_file).AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(text)) >= 0;

    public void Dispose() => _capture.Dispose();

    private bool IsTls(string stream)
    {
        // Each line is a piece of one side, those of the other side indented.
        string[] lines = [.. Tshark("-q", "-z", $"follow,tcp,raw,{stream}").Where(line => line.Length > 0 && line.Trim().All(char.IsAsciiHexDigit))];
        return lines.Length > 0 && AreRecords(lines.Where(line => line[0] != '\t')) && AreRecords(lines.Where(line => line[0] == '\t'));
    }

    private static bool AreRecords(IEnumerable<string> pieces)
    {
        byte[] bytes = Convert.FromHexString(string.Concat(pieces.Select(piece => piece.Trim())));
        for (int at = 0; at + 5 <= bytes.Length;)
        {
            int length = (bytes[at + 3] << 8) | bytes[at + 4];
            if (bytes[at] is < 20 or > 23 || bytes[at + 1] != 3 || bytes[at + 2] is not (1 or 3) || length > MaxRecord)
            {
                return false;
            }

            at += 5 + length;
        }

        return true;
    }

    private string[] Tshark(params string[] arguments) =>
        Command.Run(TimeSpan.FromMinutes(2), "tshark", ["-r", _file, "-d", "tcp.port==15443,tls", .. arguments]).Required().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
