using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Weft.Conformance.HostTests;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Observe;

namespace Weft.Conformance.CliTests;

/// <summary>Alarms, behaviours and quotients as those see them who ask over HTTP.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class AnalyticsWebTests : IDisposable
{
    private readonly SegmentedLab _lab = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Alarms_are_listed_filtered_and_paged_and_each_has_an_address_with_its_explanation()
    {
        await using WebRig rig = await StartAsync();
        JsonNode all = await UntilAsync(rig, "/api/v1/alarms?state=all", page => page["total"]!.GetValue<int>() == 3);

        JsonArray alarms = all["alarms"]!.AsArray();
        Assert.All(alarms, entry => Assert.Equal("segmentation-quotient", entry!["alarm"]!["type"]!.GetValue<string>()));
        JsonNode second = await GetAsync(rig, "/api/v1/alarms?offset=1&count=1");
        Assert.Equal(3, second["total"]!.GetValue<int>());
        Assert.Equal(alarms[1]!.ToJsonString(), Assert.Single(second["alarms"]!.AsArray())!.ToJsonString());
        JsonNode named = await GetAsync(rig, "/api/v1/alarms?text=application+SHOP&type=segmentation-quotient&severity=minor&since=2020-01-01T00:00:00Z");
        JsonNode shop = Assert.Single(named["alarms"]!.AsArray())!;
        Assert.Equal("application shop", shop["alarm"]!["qualifier"]!.GetValue<string>());
        Assert.Equal(0, (await GetAsync(rig, "/api/v1/alarms?severity=critical"))["total"]!.GetValue<int>());
        Assert.Equal(0, (await GetAsync(rig, "/api/v1/alarms?since=2999-01-01"))["total"]!.GetValue<int>());
        Assert.Equal(0, (await GetAsync(rig, "/api/v1/alarms?state=cleared"))["total"]!.GetValue<int>());

        JsonNode one = await GetAsync(rig, $"/api/v1/alarms/{shop["id"]}");
        Assert.Equal(shop.ToJsonString(), one.ToJsonString());
        Assert.NotEmpty(one["alarm"]!["features"]!.AsArray());
        Assert.Equal(HttpStatusCode.NotFound, (await rig.Client.GetAsync("/api/v1/alarms/000000000000000000000000", Cancelled)).StatusCode);
    }

    [Theory]
    [InlineData("state=new", "'state'")]
    [InlineData("severity=bad", "'severity'")]
    [InlineData("since=yesterday", "'since'")]
    [InlineData("offset=-1", "'offset'")]
    [InlineData("count=501", "'count'")]
    [InlineData("order=up", "there is no 'order'")]
    public async Task A_question_that_cannot_be_is_refused_with_what_can(string query, string reason)
    {
        await using WebRig rig = await StartAsync();
        HttpResponseMessage answer = await rig.Client.GetAsync($"/api/v1/alarms?{query}", Cancelled);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(reason, (await answer.Content.ReadFromJsonAsync<JsonNode>(Cancelled))!["error"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stored_changes_are_read_page_by_page_to_the_first()
    {
        await using (WebRig forgetful = await StartAsync(store: ""))
        {
            Assert.Equal(HttpStatusCode.Conflict, (await forgetful.Client.GetAsync("/api/v1/alarms/history", Cancelled)).StatusCode);
        }

        await using WebRig rig = await StartAsync();
        _ = await UntilAsync(rig, "/api/v1/alarms/history", page => page["changes"]!.AsArray().Count >= 3);

        var seen = new List<long>();
        for (JsonNode? before = null; ;)
        {
            JsonNode page = await GetAsync(rig, $"/api/v1/alarms/history?count=1{(before is null ? "" : $"&before={before}")}");
            seen.AddRange(page["changes"]!.AsArray().Select(change => change!["sequence"]!.GetValue<long>()));
            if ((before = page["before"]) is null)
            {
                break;
            }
        }

        Assert.Equal(seen.OrderDescending(), seen);
        Assert.Equal(1, seen[^1]);
        Assert.Equal(HttpStatusCode.BadRequest, (await rig.Client.GetAsync("/api/v1/alarms/history?count=0", Cancelled)).StatusCode);
    }

    [Fact]
    public async Task The_stream_of_alarms_has_nothing_but_what_analytics_says()
    {
        await using WebRig rig = await StartAsync();
        using HttpResponseMessage stream = await rig.Client.GetAsync("/api/v1/events?source=analytics", HttpCompletionOption.ResponseHeadersRead, Cancelled);
        using var lines = new StreamReader(await stream.Content.ReadAsStreamAsync(Cancelled));
        var names = new List<string>();
        while (names.Count(name => name == "alarm-raised") < 3 && await lines.ReadLineAsync(Cancelled) is string line)
        {
            if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                JsonNode happened = JsonNode.Parse(line[6..])!;
                Assert.Equal("analytics", happened["source"]!.GetValue<string>());
                names.Add(happened["name"]!.GetValue<string>());
            }
        }

        Assert.Equal(3, names.Count(name => name == "alarm-raised"));
    }

    [Fact]
    public async Task What_if_says_what_the_control_socket_says_and_changes_nothing()
    {
        await using WebRig rig = await StartAsync();
        JsonNode before = await UntilAsync(rig, "/api/v1/quotients", page => page["entities"]!.AsArray().Count > 0);
        HttpResponseMessage answer = await rig.Client.PostAsJsonAsync("/api/v1/what-if", new { service = "db-rules", rule = "from-web" }, Cancelled);
        JsonArray forecast = (await answer.Content.ReadFromJsonAsync<JsonNode>(Cancelled))!["forecast"]!.AsArray();

        IReadOnlyList<QuotientForecastSnapshot> expected = await Weft.Host.Control.ControlClient.WhatIfWithoutAsync(_lab.Socket, "db-rules", "from-web", Cancelled);
        Assert.Equal(expected.Select(entity => (entity.Name, entity.After)), forecast.Select(entity => (entity!["name"]!.GetValue<string>(), entity["after"]!.GetValue<double>())));
        Assert.Equal(before["entities"]!.ToJsonString(), (await GetAsync(rig, "/api/v1/quotients"))["entities"]!.ToJsonString());
        Assert.NotEmpty(before["history"]!.AsArray());

        HttpResponseMessage unknown = await rig.Client.PostAsJsonAsync("/api/v1/what-if", new { service = "db-rules", rule = "nothing" }, Cancelled);
        Assert.Equal(HttpStatusCode.Conflict, unknown.StatusCode);
        Assert.Contains("from-web", await unknown.Content.ReadAsStringAsync(Cancelled), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Behaviours_are_told_where_processes_are_watched_and_refused_where_they_are_not()
    {
        await using WebRig watching = await StartAsync(processes: "{collector: procfs, users: [2147480000], learnSeconds: 86400}");
        JsonNode page = await UntilAsync(watching, "/api/v1/behaviours", page => page["state"] is not null);
        Assert.Equal("learning", page["state"]!.GetValue<string>());
        Assert.Empty(page["behaviours"]!.AsArray());

        await using WebRig other = await WebRig.StartAsync();
        foreach (string path in (string[])["alarms", "alarms/x", "behaviours", "quotients"])
        {
            Assert.Equal(HttpStatusCode.NotFound, (await other.Client.GetAsync($"/api/v1/{path}", Cancelled)).StatusCode);
        }
    }

    public void Dispose() => _lab.Dispose();

    /// <summary>Network and both applications are below the limit from the first look on.</summary>
    private Task<WebRig> StartAsync(string? store = null, string processes = "")
    {
        SwitchPlan plan = _lab.Plan(keys: "alarmBelow: 99", store: store ?? $"{{sqlite: {Path.Combine(_lab.Folder, $"{Guid.NewGuid():N}.db")}}}", processes: processes);
        return WebRig.StartAsync(plan: plan);
    }

    private static async Task<JsonNode> GetAsync(WebRig rig, string path)
    {
        HttpResponseMessage answer = await rig.Client.GetAsync(path, Cancelled);
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {answer.StatusCode} {await answer.Content.ReadAsStringAsync(Cancelled)}");
        return (await answer.Content.ReadFromJsonAsync<JsonNode>(Cancelled))!;
    }

    /// <summary>Asks until the answer is as wanted; at the very start there is no picture yet.</summary>
    private static async Task<JsonNode> UntilAsync(WebRig rig, string path, Func<JsonNode, bool> condition)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        patience.CancelAfter(TimeSpan.FromMinutes(1));
        while (true)
        {
            HttpResponseMessage answer = await rig.Client.GetAsync(path, patience.Token);
            string text = await answer.Content.ReadAsStringAsync(patience.Token);
            if (answer.IsSuccessStatusCode && JsonNode.Parse(text) is JsonNode page && condition(page))
            {
                return page;
            }

            await Task.Delay(20, patience.Token);
        }
    }
}
