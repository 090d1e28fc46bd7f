using System.Net;
using System.Net.Sockets;
using Weft.AlarmStore;
using Weft.Analytics;
using Weft.Conformance.AlarmStoreTests;
using Weft.Conformance.Support;
using Weft.Host.Control;
using Weft.Host.Datapath;
using Weft.Host.Observe;

namespace Weft.Conformance.HostTests;

/// <summary>Analytics beside real others: a database server under the program as users run it, a dissector behind the exporter.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class AnalyticsLiveTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Alarms_of_weft_run_are_in_PostgreSQL_and_after_kill_9_are_taken_up_without_being_told_again()
    {
        LiveRequirements.Need();
        using PostgreSqlServer server = PostgreSqlServer.StartOrSkip();
        using var machine = NetNamespace.Create();
        using var space = NetNamespace.Create();
        machine.AddVeth("m0", space, "e0");
        string folder = Directory.CreateTempSubdirectory("weft-analytics-run-").FullName;
        try
        {
            string configuration = Path.Combine(folder, "switch.yaml");
            string socket = Path.Combine(folder, "control");
            await File.WriteAllTextAsync(Path.Combine(folder, "connection"), server.Connection + "\n", TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync(
                configuration,
                $$"""
                schema: weft/1
                switch: {name: lab, controlSocket: {{socket}}}
                ports: [{name: lan, type: af_packet, device: e0, networkNamespace: {{space.Name}}}]
                segments: [{name: s, vlan: 1}]
                analytics:
                  store: {postgresql: connection}
                  quotients:
                    alarmBelow: 90
                    applications: [{name: shop, machines: [{name: web, addresses: [10.0.0.1]}]}]
                """,
                TestContext.Current.CancellationToken);

            using AlarmDatabase database = AlarmDatabase.OpenPostgreSql(server.Connection, "lab");
            using (RunningCommand first = Run(configuration))
            {
                Assert.True(Wait.Until(() => database.Active(10).Count == 2, Patience, () => first.HasExited), first.Output + first.Error);
                SwitchSnapshot shown = await ControlClient.ShowAsync(socket, ShowTopic.Alarms, TestContext.Current.CancellationToken);
                Assert.Equal("postgresql", shown.Analytics!.Store!.Kind);
                Assert.Equal(2, shown.Analytics.Alarms.Count(alarm => !alarm.IsCleared));
            }

            // Disposing is kill -9.
            AlarmRecord[] before = [.. database.Latest(100)];
            using RunningCommand second = Run(configuration);
            AlarmSnapshot[] after = await TwoAlarmsOf(socket, second);
            Assert.Equal(before.Select(record => record.Sequence), database.Latest(100).Select(record => record.Sequence));
            Assert.All(after, alarm => Assert.Contains(before, record => record.Qualifier == alarm.Qualifier));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Rfc7011_Section10_3_tshark_reads_from_the_datagrams_which_conversation_the_switch_saw()
    {
        LiveRequirements.NeedPrograms("tshark");
        using var collector = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        using var lab = new SegmentedLab();
        int port = ((IPEndPoint)collector.Client.LocalEndPoint!).Port;
        await using SwitchHost host = lab.Start(lab.Plan(flows: $", activeSeconds: 1, collector: 127.0.0.1, collectorPort: {port}, domain: 7"));
        string path = Path.Combine(lab.Folder, "export.pcap");
        var messages = new List<byte[]>();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);

        // Templates come first, then records; both are sent again, and so is the packet that they are about.
        while (!messages.Any(message => message.Length > 20 && message[17] == 2 && message[16] == 0) || !messages.Any(message => message.Length > 20 && message[16] != 0))
        {
            lab.Flow("web", "10.0.0.1", "10.0.0.2", 5432);
            Task<UdpReceiveResult> next = collector.ReceiveAsync(patience.Token).AsTask();
            messages.Add((await next).Buffer);
        }

        await using (FileStream file = File.Create(path))
        {
            IpfixCapture.Write(file, messages);
        }

        string[] lines = Command.Run(
            Patience, "tshark", "-r", path, "-d", "udp.port==4739,cflow", "-T", "fields", "-E", "separator=|", "-E", "occurrence=f",
            "-e", "cflow.version", "-e", "cflow.od_id", "-e", "cflow.srcaddr", "-e", "cflow.dstaddr", "-e", "cflow.dstport", "-e", "cflow.protocol", "-e", "_ws.malformed")
            .Required().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains("10|7|10.0.0.1|10.0.0.2|5432|6|", lines);
        Assert.All(lines, line => Assert.StartsWith("10|7|", line, StringComparison.Ordinal));
    }

    private static RunningCommand Run(string configuration) => Command.Start("dotnet", Path.Combine(AppContext.BaseDirectory, "weft.dll"), "run", configuration);

    private static async Task<AlarmSnapshot[]> TwoAlarmsOf(string socket, RunningCommand program)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        while (true)
        {
            Assert.False(patience.IsCancellationRequested || program.HasExited, program.Output + program.Error);
            try
            {
                SwitchSnapshot shown = await ControlClient.ShowAsync(socket, ShowTopic.Alarms, TestContext.Current.CancellationToken);
                if (shown.Analytics?.Alarms.Where(alarm => !alarm.IsCleared).ToArray() is { Length: 2 } alarms)
                {
                    return alarms;
                }
            }
            catch (ControlException)
            {
                // It has not opened its socket yet.
            }

            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }
}
