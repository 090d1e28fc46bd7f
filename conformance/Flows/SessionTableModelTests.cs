using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Flows;
using Weft.Packets;

namespace Weft.Conformance.FlowsTests;

/// <summary>Sessions beside a dictionary from either key to the session.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class SessionTableModelTests
{
    private const int Keys = 24;
    private const int Capacity = 8;

    private static readonly Arbitrary<Command[]> Commands = Arb.From(
        (from verb in Gen.Choose(0, 3) from a in Gen.Choose(0, Keys - 1) from b in Gen.Choose(0, Keys - 1) select new Command(verb, (ulong)a, (ulong)b))
            .ListOf().Select(list => list.ToArray()),
        commands => Enumerable.Range(0, commands.Length).Select(skip => commands.Where((_, at) => at != skip).ToArray()));

    [Fact]
    public void A_session_is_found_by_both_keys_and_conflicts_with_any_other_that_wants_one_of_them()
    {
        Prop.ForAll(Commands, commands =>
        {
            using var table = new SessionTable<ulong, int>(new FlowTableOptions { Capacity = Capacity, Seed = new HashSeed(1, 9) });
            var sessions = new Dictionary<ulong, Session>();
            return commands.All(command => Agrees(table, sessions, command)) && Same(table, sessions);
        }).Check(Chance.Of(400).WithEndSize(200));
    }

    [Fact]
    public void A_full_table_that_evicts_frees_both_keys_of_its_victim()
    {
        using var table = new SessionTable<ulong, int>(new FlowTableOptions { Capacity = Capacity, Seed = new HashSeed(1, 9), WhenFull = FlowFullPolicy.EvictIdle });
        for (ulong key = 0; key < Capacity; key++)
        {
            table.Add(key, key + 100, out FlowHandle handle);
            table[handle] = (int)key;
        }

        Assert.Equal(FlowAddResult.AddedByEvicting, table.Add(50, 150, out FlowHandle added, out FlowVictim<ulong, int> victim));
        Assert.Equal(new FlowVictim<ulong, int>(0, 0, true), victim);
        Assert.True(table.Find(0).IsNone);
        Assert.True(table.Find(100).IsNone);
        Assert.Equal((50UL, 150UL), (table.ForwardKeyOf(added), table.ReverseKeyOf(table.Find(150))));

        var slice = new FlowHandle[table.Capacity];
        int cursor = 0;
        Assert.Equal(Capacity, table.Slice(ref cursor, slice));
        Assert.Equal(0, cursor);
        Assert.True(table.MemoryBytes > 0);
        table.Clear();
        Assert.All(slice, handle => Assert.False(table.IsLive(handle)));
        Assert.True(table.Find(150).IsNone);
    }

    private static bool Agrees(SessionTable<ulong, int> table, Dictionary<ulong, Session> sessions, Command command)
    {
        sessions.TryGetValue(command.A, out Session? first);
        sessions.TryGetValue(command.B, out Session? second);
        switch (command.Verb)
        {
            case 0 or 1:
                FlowAddResult result = table.Add(command.A, command.B, out FlowHandle handle);
                if ((first ?? second) is Session holder)
                {
                    return result == (first == second ? FlowAddResult.AlreadyPresent : FlowAddResult.Conflict) && handle == holder.Handle;
                }

                if (sessions.Values.Distinct().Count() == Capacity)
                {
                    return result == FlowAddResult.Refused;
                }

                sessions[command.A] = sessions[command.B] = new Session(handle, command.A, command.B);
                return result == FlowAddResult.Added && table.ForwardKeyOf(handle) == command.A && table.ReverseKeyOf(handle) == command.B;

            case 2:
                return Remove(first, table.Remove(command.A));

            default:
                return Remove(first, first is not null && table.Remove(first.Handle));
        }

        bool Remove(Session? session, bool removed)
        {
            if (session is not null)
            {
                sessions.Remove(session.A);
                sessions.Remove(session.B);
            }

            return removed == session is not null;
        }
    }

    private static bool Same(SessionTable<ulong, int> table, Dictionary<ulong, Session> sessions)
    {
        ulong[] keys = [.. Enumerable.Range(0, Keys).Select(key => (ulong)key)];
        var handles = new FlowHandle[Keys];
        table.Find(keys, handles);
        return table.Count == sessions.Values.Distinct().Count() && keys.All(key =>
            sessions.TryGetValue(key, out Session? session)
                ? handles[key] == session.Handle && handles[key] == table.Find(key) && handles[key].IsReverse == (key != session.A)
                : handles[key].IsNone);
    }

    private sealed record Command(int Verb, ulong A, ulong B);

    private sealed record Session(FlowHandle Handle, ulong A, ulong B);
}
