using System.Diagnostics.Metrics;
using System.Text;
using Weft.Cli.Metrics;
using Weft.Conformance.HostTests;
using Weft.Conformance.Support;
using Weft.Host.Datapath;
using Weft.Host.Observe;

namespace Weft.Conformance.CliTests;

/// <summary>The instruments that any listener of the process can hear.</summary>
[Trait(Kind.Key, Kind.Model)]
[Collection("meters of the process")]
public sealed class SwitchMeterTests
{
    private const string Mark = "<!-- Made from the list that the switch measures by; a test keeps it current. -->\n";

    [Fact]
    public async Task A_listener_hears_what_a_picture_shows()
    {
        await using SwitchHost host = SwitchHost.Start(TestPlans.Resolved(), new SwitchHostOptions { OpenPort = port => new IdleLivePort(port.Name) });
        using var meter = new SwitchMeter(host);
        SwitchSnapshot picture = await host.SnapshotAsync(SnapshotParts.None);

        List<(string Name, string Labels)> heard = Listen();

        string[] expected = [.. SwitchMetrics.All.SelectMany(metric => metric.Read(picture).Select(value => $"{metric.Name} {Text(value.Labels)}"))];
        Assert.NotEmpty(expected);
        Assert.Equal(expected.Order(), heard.Select(one => $"{one.Name} {one.Labels}").Order());
    }

    [Fact]
    public async Task After_the_end_of_the_switch_its_last_picture_is_heard_and_after_the_meters_nothing()
    {
        SwitchHost host = SwitchHost.Start(TestPlans.Resolved(), new SwitchHostOptions { OpenPort = port => new IdleLivePort(port.Name) });
        var meter = new SwitchMeter(host);
        host.Stop();
        _ = await host.Completion;
        Assert.NotEmpty(Listen());

        meter.Dispose();
        await host.DisposeAsync();

        Assert.Empty(Listen());
    }

    [Fact]
    public void The_guide_lists_every_metric()
    {
        string path = Repository.File("docs/guides/metrics.md");
        string guide = File.ReadAllText(path);
        int reference = guide.IndexOf(Mark, StringComparison.Ordinal) + Mark.Length;
        if (Environment.GetEnvironmentVariable("WEFT_GOLDEN") == "write")
        {
            File.WriteAllText(path, guide[..reference] + Table());
            Assert.Fail($"{path} was written; read it, then run without WEFT_GOLDEN");
        }

        Assert.Equal(Table(), guide[reference..]);
    }

    private static string Table()
    {
        var text = new StringBuilder("\n| metric | in Prometheus | kind | unit | meaning |\n|---|---|---|---|---|\n");
        foreach (SwitchMetric metric in SwitchMetrics.All)
        {
            _ = text.Append($"| `{metric.Name}` | `{PrometheusText.NameOf(metric)}` | {metric.Kind.ToString().ToLowerInvariant()} | `{metric.Unit}` | {metric.Description} |\n");
        }

        return text.ToString();
    }

    private static List<(string Name, string Labels)> Listen()
    {
        var heard = new List<(string, string)>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == SwitchMeter.Name)
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, _, labels, _) => heard.Add((instrument.Name, Text(labels.ToArray()))));
        listener.SetMeasurementEventCallback<double>((instrument, _, labels, _) => heard.Add((instrument.Name, Text(labels.ToArray()))));
        listener.Start();
        listener.RecordObservableInstruments();
        return heard;
    }

    private static string Text(IEnumerable<KeyValuePair<string, object?>> labels) => string.Join(',', labels.Select(label => $"{label.Key}={label.Value}"));
}
