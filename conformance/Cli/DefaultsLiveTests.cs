using System.Globalization;
using System.Net;
using System.Text;
using Weft.Conformance.Support;

namespace Weft.Conformance.CliTests;

/// <summary>What a switch opens to the world when its configuration does not ask for anything.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class DefaultsLiveTests
{
    // 127.0.0.1 as the kernel's tables have it: the four octets as a number of this machine, in hexadecimal.
    private static readonly string Loopback = BitConverter.ToUInt32(IPAddress.Loopback.GetAddressBytes()).ToString("X8", CultureInfo.InvariantCulture);

    private static readonly string[] Tables = ["tcp", "tcp6", "udp", "udp6", "raw", "raw6"];

    [Fact]
    public void A_switch_listens_at_no_address_and_puts_no_socket_into_the_machines_namespaces()
    {
        using var live = new LiveSwitch();
        live.Connect();

        Assert.Empty(LocalAddresses(live.Program.ProcessId));
        foreach (NetNamespace machine in new[] { live.Left, live.Right })
        {
            string[] sockets = [.. Tables.SelectMany(table => machine.Run("cat", $"/proc/net/{table}").Required().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1))];
            Assert.Empty(sockets);
        }
    }

    [Fact]
    public async Task A_web_server_listens_on_loopback_alone_and_changes_nothing_without_a_token()
    {
        int port = FreePort.OnLoopback();
        using var live = new LiveSwitch($"api: {{port: {port}}}");
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromSeconds(60) };

        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/api/v1", TestContext.Current.CancellationToken)).StatusCode);
        string[] addresses = LocalAddresses(live.Program.ProcessId);
        Assert.NotEmpty(addresses);
        Assert.All(addresses, address => Assert.StartsWith(Loopback + ":", address));
        using var order = new StringContent("{}", Encoding.UTF8, "application/json");
        HttpResponseMessage answer = await client.PostAsync("/api/v1/ids/reload-rules", order, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Contains("api.tokenFile", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>Local ends of a process's sockets of the Internet families, as /proc/net has them.</summary>
    private static string[] LocalAddresses(int process)
    {
        HashSet<string> own = [.. Directory.EnumerateFiles($"/proc/{process}/fd").Select(TargetOf).Where(name => name.StartsWith("socket:[", StringComparison.Ordinal)).Select(name => name[8..^1])];
        return
        [
            .. from table in Tables
               from line in File.ReadLines($"/proc/{process}/net/{table}").Skip(1)
               let fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
               where own.Contains(fields[9])
               select fields[1],
        ];
    }

    private static string TargetOf(string link)
    {
        try
        {
            return File.ResolveLinkTarget(link, returnFinalTarget: false)?.Name ?? "";
        }
        catch (IOException)
        {
            // The process has closed it meanwhile.
            return "";
        }
    }
}
