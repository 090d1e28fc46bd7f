using System.Diagnostics;
using System.Text.Json;
using Weft.Packets;

namespace Weft.Conformance.IdsTests;

/// <summary>
/// Suricata, run over captures. <c>WEFT_SURICATA</c> names its executable, or a folder into which its Debian packages were unpacked
/// (<c>dpkg -x</c>); otherwise the one in the path is taken.
/// </summary>
public sealed class SuricataPeer : IDisposable
{
    private const string Configuration = """
        %YAML 1.1
        ---
        vars:
          address-groups: {HOME_NET: "[192.168.0.0/16,10.0.0.0/8,172.16.0.0/12]", EXTERNAL_NET: "!$HOME_NET", HTTP_SERVERS: "$HOME_NET", DNS_SERVERS: "$HOME_NET", SMTP_SERVERS: "$HOME_NET"}
          port-groups: {HTTP_PORTS: "80", SHELLCODE_PORTS: "!80", SSH_PORTS: 22, FTP_PORTS: 21}
        outputs:
          - eve-log: {enabled: yes, filetype: regular, filename: eve.json, types: [alert]}
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly string _executable;
    private readonly string? _libraries;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("weft-suricata-");

    private SuricataPeer(string executable, string? libraries)
    {
        (_executable, _libraries) = (executable, libraries);
        File.WriteAllText(Path.Combine(_folder.FullName, "suricata.yaml"), Configuration);
    }

    /// <summary>The installed one; the running test is skipped if there is none, or if it is not the version that is wanted.</summary>
    public static SuricataPeer Need(string version)
    {
        string named = Environment.GetEnvironmentVariable("WEFT_SURICATA") ?? "/usr/bin/suricata";
        bool isRoot = Directory.Exists(named);
        string executable = isRoot ? Path.Combine(named, "usr/bin/suricata") : named;
        Assert.SkipUnless(File.Exists(executable), "needs suricata, or WEFT_SURICATA to name it");
        var peer = new SuricataPeer(executable, isRoot ? Path.Combine(named, "usr/lib/x86_64-linux-gnu") : null);
        string answer = peer.Run(["-V"], out _);
        if (!answer.Contains(version, StringComparison.Ordinal))
        {
            peer.Dispose();
            Assert.Skip($"needs suricata {version}: the differences that are explained are those to it");
        }

        return peer;
    }

    /// <summary>The alerts of a capture; null if the rules are refused.</summary>
    public HashSet<VerifyKey>? Alerts(string rules, string capture, IEnumerable<string> arguments)
    {
        string log = Directory.CreateDirectory(Path.Combine(_folder.FullName, Guid.NewGuid().ToString("N"))).FullName;
        _ = Run(["-c", Path.Combine(_folder.FullName, "suricata.yaml"), "-S", rules, "-r", capture, "-l", log, "-k", "none", "--runmode", "single", "--init-errors-fatal", "--set", "stream.reassembly.randomize-chunk-size=no", .. arguments], out int code);
        string eve = Path.Combine(log, "eve.json");
        HashSet<VerifyKey>? found = code != 0 ? null : !File.Exists(eve) ? [] : [.. File.ReadLines(eve).Select(Read).OfType<VerifyKey>()];
        Directory.Delete(log, recursive: true);
        return found;
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private string Run(string[] arguments, out int code)
    {
        var start = new ProcessStartInfo(_executable, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (_libraries is not null)
        {
            start.Environment["LD_LIBRARY_PATH"] = _libraries;
        }

        using var process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string text = process.StandardOutput.ReadToEnd();
        if (!process.WaitForExit(Patience))
        {
            process.Kill();
            process.WaitForExit();
        }

        _ = errors.Wait(Patience);
        code = process.ExitCode;
        return text;
    }

    private static VerifyKey? Read(string line)
    {
        using var json = JsonDocument.Parse(line);
        return json.RootElement.GetProperty("event_type").GetString() != "alert" ? null
            : new VerifyKey(json.RootElement.GetProperty("alert").GetProperty("signature_id").GetUInt32(), Address(json, "src_ip"), Port(json, "src_port"), Address(json, "dest_ip"), Port(json, "dest_port"));
    }

    private static IPv6Address Address(JsonDocument json, string name)
    {
        string text = json.RootElement.TryGetProperty(name, out JsonElement value) ? value.GetString()! : "";
        return IPv4Address.TryParse(text, out IPv4Address four) ? IPv6Address.MapIPv4(four) : IPv6Address.TryParse(text, out IPv6Address six) ? six : default;
    }

    private static ushort Port(JsonDocument json, string name) => json.RootElement.TryGetProperty(name, out JsonElement value) ? value.GetUInt16() : (ushort)0;
}

/// <summary>What tells alerts apart whoever reports them.</summary>
public readonly record struct VerifyKey(uint Sid, IPv6Address Source, ushort SourcePort, IPv6Address Destination, ushort DestinationPort);
