using System.Text.RegularExpressions;
using Weft.Cli.Metrics;
using Weft.Conformance.Support;
using Weft.Host.Observe;

namespace Weft.Conformance.CliTests;

/// <summary>What a Prometheus server reads.</summary>
public sealed partial class PrometheusTextTests
{
    public static TheoryData<string> Samples => MetricPictures.Samples;

    [Theory]
    [MemberData(nameof(Samples))]
    [Trait(Kind.Key, Kind.Live)]
    public async Task Promtool_finds_nothing_to_say(string sample)
    {
        LiveRequirements.NeedPrograms("promtool");
        using var folder = new TemporaryFolder();
        string file = folder.Write("metrics", PrometheusText.Of(await MetricPictures.OfAsync(sample)));

        CommandResult judged = Command.Run("sh", "-c", $"promtool check metrics <{file}");

        Assert.Equal("", judged.Output + judged.Error);
        Assert.Equal(0, judged.ExitCode);
    }

    [Theory]
    [MemberData(nameof(Samples))]
    [Trait(Kind.Key, Kind.Model)]
    public async Task Every_line_is_of_the_format_and_no_series_is_there_twice(string sample)
    {
        string[] lines = PrometheusText.Of(await MetricPictures.OfAsync(sample)).TrimEnd('\n').Split('\n');

        Assert.All(lines, line => Assert.Matches(Line(), line));
        string[] series = [.. lines.Where(line => line[0] != '#').Select(line => line[..line.LastIndexOf(' ')])];
        Assert.Equal(series.Distinct(), series);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public async Task Names_that_need_escapes_get_them()
    {
        SwitchSnapshot picture = await MetricPictures.OfAsync("first-switch");

        string text = PrometheusText.Of(picture with { Name = "a\\b\"c\nd" });

        Assert.Contains("service_instance_id=\"a\\\\b\\\"c\\nd\"", text);
        Assert.All(text.TrimEnd('\n').Split('\n'), line => Assert.Matches(Line(), line));
    }

    [GeneratedRegex("""^(# HELP [a-z_:][a-z0-9_:]* [^\n]+|# TYPE [a-z_:][a-z0-9_:]* (counter|gauge)|[a-z_:][a-z0-9_:]*(\{[a-z_][a-z0-9_]*="([^"\\\n]|\\["\\n])*"(,[a-z_][a-z0-9_]*="([^"\\\n]|\\["\\n])*")*\})? -?[0-9.]+(E[-+]?[0-9]+)?)$""")]
    private static partial Regex Line();
}
