using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Config.Comparison;

namespace Weft.Conformance.ConfigTests;

/// <summary>What one configuration changes about another, in the words of their language.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class ComparisonTests
{
    private const string Base = """
        schema: weft/1
        switch: {name: edge}
        ports:
          - {name: web1, type: tap, device: w1, vlan: {id: 10}}
          - {name: web2, type: tap, device: w2, vlan: {id: 10}}
          - {name: lan, type: tap, device: l0, vlan: {mode: trunk, allowed: [10, 20]}}
        segments:
          - {name: blue, vlan: 10}
          - {name: green, vlan: 20}
        """;

    [Theory]
    [InlineData("another order of keys", "{name: web1, type: tap, device: w1, vlan: {id: 10}}", "{device: w1, vlan: {id: 10}, type: tap, name: web1}")]
    [InlineData("a comment", "switch:", "# the switch\nswitch:")]
    [InlineData("a default that is written out", "switch: {name: edge}", "switch: {name: edge, vectorSize: 64, poll: adaptive, moveDamping: {}}")]
    [InlineData("another way to write a value", "switch: {name: edge}", "switch: {name: 'edge'}")]
    public void What_means_the_same_changes_nothing(string what, string before, string after) => Assert.True(Diff(before, after).IsEmpty, what);

    [Theory]
    [InlineData("switch: {name: edge}", "switch: {name: edge, vectorSize: 32}", "~ switch.vectorSize: 64 → 32")]
    [InlineData("device: w1,", "device: w9,", "~ ports[web1].device: w1 → w9")]
    [InlineData("allowed: [10, 20]", "allowed: [20, 10]", "~ ports[lan].vlan.allowed: [10, 20] → [20, 10]")]
    [InlineData("  - {name: green, vlan: 20}", "", "- segments[green]: name: green, vlan: 20")]
    [InlineData("  - {name: green, vlan: 20}", "  - {name: green, vlan: 20}\n  - {name: red, vlan: 30, learning: false}", "+ segments[red]: name: red, vlan: 30, learning: false")]
    [InlineData("switch: {name: edge}", "switch: {name: edge, controlSocket: a.sock}", "+ switch.controlSocket: a.sock")]
    [InlineData("{name: blue, vlan: 10}", "{name: blue, vlan: 10, static: [{mac: '02:00:00:00:00:07', port: web1}]}", "+ segments[blue].static[02:00:00:00:00:07]: mac: 02:00:00:00:00:07, port: web1")]
    public void A_difference_is_told_by_its_key_with_members_of_lists_by_name(string before, string after, string line) => Assert.Equal(line + "\n", Diff(before, after).ToText());

    [Fact]
    public void Members_that_change_places_are_told_of_because_in_some_lists_the_first_that_fits_counts()
    {
        string swapped = Base.Replace("name: web1, type: tap, device: w1", "name: @", StringComparison.Ordinal).Replace("name: web2, type: tap, device: w2", "name: web1, type: tap, device: w1", StringComparison.Ordinal).Replace("name: @", "name: web2, type: tap, device: w2", StringComparison.Ordinal);
        Assert.Equal("~ ports: [web1, web2, lan] → [web2, web1, lan]\n", Text(Base, swapped));
    }

    [Fact]
    public void Every_sample_differs_from_itself_in_nothing_and_from_an_empty_switch_in_every_key_that_it_writes()
    {
        string[] samples = [.. Directory.GetFiles(Repository.File("samples"), "*.yaml")];
        Assert.True(samples.Length > 10);
        foreach (string sample in samples)
        {
            if (ConfigurationFile.Read(sample).Plan is not SwitchPlan plan)
            {
                continue;
            }

            Assert.Empty(plan.ChangesTo(ConfigurationFile.Read(sample).Plan!));
            Assert.Contains(ConfigurationFile.ReadText("schema: weft/1\nports:\n  - {name: x, type: tap, device: x, vlan: {id: 99}}\nsegments:\n  - {name: y, vlan: 99}\n", "empty.yaml").Plan!.ChangesTo(plan), change => change is { Kind: ChangeKind.Removed, Path: "ports[x]" });
        }
    }

    [Fact]
    public void A_change_and_its_way_back_tell_of_the_same_keys()
    {
        SwitchPlan first = Plan(Base), second = Plan(Base.Replace("vlan: 20", "vlan: 21", StringComparison.Ordinal).Replace("allowed: [10, 20]", "native: 10", StringComparison.Ordinal));
        Assert.Equal(first.ChangesTo(second).Select(change => (change.Path, change.Before, change.After)).Order(), second.ChangesTo(first).Select(change => (change.Path, change.After, change.Before)).Order());
        Assert.Equal(3, first.ChangesTo(second).Count);
    }

    private static ConfigurationDiff Diff(string before, string after)
    {
        Assert.Contains(before, Base, StringComparison.Ordinal);
        return new ConfigurationDiff { Changes = Plan(Base).ChangesTo(Plan(Base.Replace(before, after, StringComparison.Ordinal))) };
    }

    private static string Text(string before, string after) => new ConfigurationDiff { Changes = Plan(before).ChangesTo(Plan(after)) }.ToText();

    private static SwitchPlan Plan(string text)
    {
        ConfigurationResult read = ConfigurationFile.ReadText(text, "test.yaml");
        return read.Plan ?? throw new InvalidOperationException(string.Join('\n', read.Problems));
    }
}
