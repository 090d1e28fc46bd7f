namespace Weft.Conformance.Support;

/// <summary>tshark as judge: what it says about a capture file, without the user's own preferences.</summary>
public static class Tshark
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(120);

    /// <summary>Skips the running test with a reason where tshark or the interpreter of the table is missing.</summary>
    public static void Need() => LiveRequirements.NeedPrograms("tshark", "python3", "bash");

    /// <summary>The frames that tshark calls malformed, one line each: empty if all is well.</summary>
    public static string Malformed(string capture) => Filter(capture, "_ws.malformed");

    /// <summary>The frames in which tshark finds a wrong checksum: empty if all is well.</summary>
    public static string WrongChecksums(string capture) => Filter(
        capture,
        "ip.checksum.status == 0 || udp.checksum.status == 0 || tcp.checksum.status == 0 || icmp.checksum.status == 0 || icmpv6.checksum.status == 0 || igmp.checksum.status == 0");

    /// <summary>The frames that a display filter chooses, one line each as tshark summarises them.</summary>
    public static string Filter(string capture, string displayFilter) => Run("-r", capture, "-Y", displayFilter);

    /// <summary>The values of fields, one array a frame; several values of one field are joined by commas.</summary>
    /// <param name="capture">The file.</param>
    /// <param name="displayFilter">Which frames; empty for all.</param>
    /// <param name="fields">Names as in tshark's display filters.</param>
    public static IReadOnlyList<string[]> Fields(string capture, string displayFilter, params string[] fields)
    {
        var arguments = new List<string> { "-r", capture, "-T", "fields", "-E", "separator=/t", "-E", "occurrence=a" };
        if (displayFilter.Length > 0)
        {
            arguments.AddRange(["-Y", displayFilter]);
        }

        foreach (string field in fields)
        {
            arguments.AddRange(["-e", field]);
        }

        return [.. Run([.. arguments]).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\t'))];
    }

    /// <summary>The values of fields of every packet with ESP, decrypted with AES-GCM keys and 32-bit sequence numbers.</summary>
    /// <param name="capture">The file.</param>
    /// <param name="keys">SPI, and key and salt in hexadecimal.</param>
    /// <param name="fields">Names as in tshark's display filters.</param>
    public static IReadOnlyList<string[]> Decrypted(string capture, IEnumerable<(uint Spi, string Key)> keys, params string[] fields)
    {
        var arguments = new List<string> { "-r", capture, "-Y", "esp", "-T", "fields", "-E", "separator=/t", "-E", "occurrence=a", "-o", "esp.enable_encryption_decode:TRUE", "-o", "esp.enable_authentication_check:TRUE" };
        foreach ((uint spi, string key) in keys)
        {
            arguments.AddRange(["-o", $"uat:esp_sa:\"IPv4\",\"*\",\"*\",\"0x{spi:x8}\",\"AES-GCM with 16 octet ICV [RFC4106]\",\"0x{key}\",\"NULL\",\"\""]);
        }

        foreach (string field in fields)
        {
            arguments.AddRange(["-e", field]);
        }

        return [.. Run([.. arguments]).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\t'))];
    }

    private static string Run(params string[] arguments)
    {
        // An empty profile: neither the user's preferences nor their own dissectors decide what is right.
        string[] all =
        [
            $"WIRESHARK_CONFIG_DIR={Path.Combine(Path.GetTempPath(), "weft-no-wireshark-profile")}", "tshark", "-n",
            "-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE", .. arguments,
        ];
        return Command.Run(Timeout, "env", all).Required().Output;
    }
}
