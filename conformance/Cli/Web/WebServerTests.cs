using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Weft.Cli.Web;
using Weft.Conformance.HostTests;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Control;
using Weft.Host.Datapath;
using Weft.Host.Observe;

namespace Weft.Conformance.CliTests;

/// <summary>What the web server tells those who ask properly.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class WebServerTests
{
    public static TheoryData<ShowTopic> Topics => [.. Enum.GetValues<ShowTopic>()];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Topics))]
    public async Task Every_topic_of_show_is_there_in_the_form_of_show(ShowTopic topic)
    {
        await using WebRig rig = await WebRig.StartAsync();

        SwitchSnapshot shown = SnapshotJson.Deserialize(await rig.Client.GetStringAsync($"/api/v1/show/{topic}", Cancelled));

        SwitchSnapshot asked = await rig.Host.SnapshotAsync(ShowTopics.PartsOf(topic));
        Assert.Equal(
            JsonNode.Parse(SnapshotJson.Serialize(Timeless(asked)))!.ToJsonString(),
            JsonNode.Parse(SnapshotJson.Serialize(Timeless(shown)))!.ToJsonString());
    }

    [Fact]
    public async Task The_root_of_the_interface_lists_topics_that_are_there_and_says_that_nothing_can_be_changed()
    {
        await using WebRig rig = await WebRig.StartAsync();

        JsonNode facts = (await rig.Client.GetFromJsonAsync<JsonNode>("/api/v1", Cancelled))!;

        Assert.False(facts["writable"]!.GetValue<bool>());
        Assert.Equal(SwitchHost.Version, facts["version"]!.GetValue<string>());
        string[] topics = [.. facts["topics"]!.AsArray().Select(topic => topic!.GetValue<string>())];
        Assert.Contains("nat-sessions", topics);
        Assert.All(topics, topic => Assert.True(ShowTopics.TryParse(topic, out _)));
    }

    [Theory]
    [InlineData("nat/sessions")]
    [InlineData("NAT-Sessions")]
    [InlineData("natsessions")]
    public async Task A_part_of_a_topic_has_a_path_of_its_own(string path)
    {
        await using WebRig rig = await WebRig.StartAsync();
        Assert.Equal(HttpStatusCode.OK, (await rig.Client.GetAsync($"/api/v1/show/{path}", Cancelled)).StatusCode);
    }

    [Fact]
    public async Task A_packet_is_traced_in_the_running_switch()
    {
        await using WebRig rig = await WebRig.StartAsync();

        HttpResponseMessage answer = await rig.Client.PostAsJsonAsync("/api/v1/trace", new { port = "web1", packet = Convert.ToHexString(TestFrames.Plain(TestFrames.B, TestFrames.A)) }, Cancelled);

        JsonNode trace = (await answer.Content.ReadFromJsonAsync<JsonNode>(Cancelled))!;
        Assert.Equal("VERDICT forwarded web2, trunk, up0, up0", trace["verdict"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("""{"port":"nowhere","packet":"00"}""", "There is no port nowhere")]
    [InlineData("""{"port":"web1","packet":"xyz"}""", "no even number of hexadecimal digits")]
    [InlineData("""{"port":"web1","packet":"/etc/passwd"}""", "no even number of hexadecimal digits")]
    [InlineData("""[1,2]""", "not what is expected")]
    [InlineData("""null""", "null")]
    [InlineData("""{"port":""", "not what is expected")]
    public async Task A_trace_that_cannot_be_is_refused_with_the_reason(string body, string reason)
    {
        await using WebRig rig = await WebRig.StartAsync();

        HttpResponseMessage answer = await rig.Client.PostAsync("/api/v1/trace", new StringContent(body, MediaTypeHeaderValue.Parse("application/json")), Cancelled);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(reason, (await answer.Content.ReadFromJsonAsync<JsonNode>(Cancelled))!["error"]!.GetValue<string>());
    }

    [Fact]
    public async Task Events_come_as_they_happen_and_whoever_comes_back_goes_on_where_he_stopped()
    {
        await using WebRig rig = await WebRig.StartAsync();
        using var reader = new StreamReader(await rig.Client.GetStreamAsync("/api/v1/events", Cancelled));
        Assert.Equal("started", (await NextAsync(reader)).Event["name"]!.GetValue<string>());

        await rig.Host.ReloadAsync(TestPlans.Resolved());
        (string id, JsonNode reloaded) = await NextAsync(reader);
        Assert.Equal("reloaded", reloaded["name"]!.GetValue<string>());
        Assert.Equal(reloaded["sequence"]!.ToJsonString(), id);

        await rig.Host.ReloadAsync(TestPlans.Resolved());
        using var again = new HttpRequestMessage(HttpMethod.Get, "/api/v1/events") { Headers = { { "Last-Event-ID", id } } };
        using HttpResponseMessage answer = await rig.Client.SendAsync(again, HttpCompletionOption.ResponseHeadersRead, Cancelled);
        using var second = new StreamReader(await answer.Content.ReadAsStreamAsync(Cancelled));
        Assert.Equal(long.Parse(id) + 1, (await NextAsync(second)).Event["sequence"]!.GetValue<long>());
    }

    [Fact]
    public async Task After_the_end_of_the_switch_its_last_picture_stays_and_says_so()
    {
        await using WebRig rig = await WebRig.StartAsync();
        Assert.Equal("running", (await rig.Client.GetAsync("/api/v1/show/ports", Cancelled)).Headers.GetValues("Weft-Switch").Single());
        rig.Host.Stop();
        _ = await rig.Host.Completion;

        HttpResponseMessage answer = await rig.Client.GetAsync("/api/v1/show/all", Cancelled);

        Assert.Equal("ended", answer.Headers.GetValues("Weft-Switch").Single());
        Assert.Equal(5, SnapshotJson.Deserialize(await answer.Content.ReadAsStringAsync(Cancelled)).Ports.Count);
    }

    [Fact]
    public async Task A_port_that_is_taken_is_told_by_its_name()
    {
        await using WebRig rig = await WebRig.StartAsync();

        SwitchStartException refused = await Assert.ThrowsAsync<SwitchStartException>(() => WebServer.StartAsync(rig.Host, new ApiPlan { Port = rig.Server.Address.Port }, Cancelled));

        Assert.StartsWith($"api: 127.0.0.1:{rig.Server.Address.Port}: ", refused.Message);
    }

    private static SwitchSnapshot Timeless(SwitchSnapshot snapshot) => snapshot with
    {
        UptimeSeconds = 0,
        Stages = [.. snapshot.Stages.Select(stage => stage with { Calls = 0, NanosecondsPerPacket = 0 })],
    };

    private static async Task<(string Id, JsonNode Event)> NextAsync(StreamReader reader)
    {
        string id = "";
        while (await reader.ReadLineAsync(Cancelled) is string line)
        {
            if (line.StartsWith("id: ", StringComparison.Ordinal))
            {
                id = line[4..];
            }
            else if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                return (id, JsonNode.Parse(line[6..])!);
            }
        }

        throw new EndOfStreamException();
    }
}
