using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Flows;
using Weft.Packets;

namespace Weft.Conformance.FlowsTests;

/// <summary>The table beside a dictionary, driven by the same commands. Few keys and places, so that every state is met.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class FlowTableModelTests
{
    private const int Keys = 60;
    private const int Capacity = 40;

    private static readonly Arbitrary<Command[]> Commands = Arb.From(
        (from verb in Gen.Choose(0, 5) from key in Gen.Choose(0, Keys - 1) select new Command((Verb)verb, (ulong)key)).ListOf().Select(list => list.ToArray()),
        commands => Enumerable.Range(0, commands.Length).Select(skip => commands.Where((_, at) => at != skip).ToArray()));

    private enum Verb
    {
        Add,
        AddAgain,
        Find,
        RemoveKey,
        RemoveHandle,
        UseOldHandle,
    }

    [Fact]
    public void A_table_that_refuses_behaves_like_a_dictionary_with_a_limit()
    {
        Prop.ForAll(Commands, commands =>
        {
            using var table = new FlowTable<ulong, ulong>(new FlowTableOptions { Capacity = Capacity, Seed = new HashSeed(7, (ulong)commands.Length) });
            var model = new Dictionary<ulong, (FlowHandle Handle, ulong Value)>();
            var old = new Dictionary<ulong, FlowHandle>();
            return commands.Select((command, step) => Agrees(table, model, old, command, (ulong)step)).All(agrees => agrees)
                && AllFound(table, model);
        }).Check(Chance.Of(300).WithEndSize(400));
    }

    [Fact]
    public void A_table_that_evicts_holds_what_was_added_less_the_victims_it_named()
    {
        Prop.ForAll(Commands, commands =>
        {
            using var table = new FlowTable<ulong, ulong>(new FlowTableOptions { Capacity = 12, Seed = new HashSeed(8, 8), WhenFull = FlowFullPolicy.EvictIdle });
            var model = new Dictionary<ulong, ulong>();
            bool agrees = true;
            foreach (Command command in commands)
            {
                switch (command.Verb)
                {
                    case Verb.Find:
                        agrees &= table.Find(command.Key).IsNone != model.ContainsKey(command.Key);
                        break;
                    case Verb.RemoveKey:
                        agrees &= table.Remove(command.Key) == model.Remove(command.Key);
                        break;
                    default:
                        bool known = model.ContainsKey(command.Key);
                        bool full = model.Count == table.Capacity;
                        FlowAddResult result = table.Add(command.Key, out FlowHandle handle, out FlowVictim<ulong, ulong> victim);
                        agrees &= result == (known ? FlowAddResult.AlreadyPresent : full ? FlowAddResult.AddedByEvicting : FlowAddResult.Added);
                        agrees &= victim.Exists == (full && !known) && (!victim.Exists || (model.Remove(victim.Key, out ulong value) && value == victim.Value));
                        model.TryAdd(command.Key, command.Key * 3);
                        table[handle] = command.Key * 3;
                        break;
                }
            }

            return agrees && table.Count == model.Count && model.All(pair => table[table.Find(pair.Key)] == pair.Value);
        }).Check(Chance.Of(300).WithEndSize(300));
    }

    private static bool Agrees(
        FlowTable<ulong, ulong> table, Dictionary<ulong, (FlowHandle Handle, ulong Value)> model, Dictionary<ulong, FlowHandle> old, Command command, ulong step)
    {
        bool known = model.TryGetValue(command.Key, out (FlowHandle Handle, ulong Value) entry);
        switch (command.Verb)
        {
            case Verb.Add or Verb.AddAgain:
                FlowAddResult result = table.Add(command.Key, out FlowHandle handle);
                if (known)
                {
                    return result == FlowAddResult.AlreadyPresent && handle == entry.Handle && table[handle] == entry.Value;
                }

                if (model.Count == Capacity)
                {
                    return result == FlowAddResult.Refused && handle.IsNone;
                }

                bool fresh = result == FlowAddResult.Added && table[handle] == 0 && table.KeyOf(handle) == command.Key;
                table[handle] = step;
                model[command.Key] = (handle, step);
                return fresh;

            case Verb.Find:
                FlowHandle found = table.Find(command.Key);
                return known ? found == entry.Handle && table[found] == entry.Value : found.IsNone;

            case Verb.RemoveKey:
                Forget();
                return table.Remove(command.Key) == known;

            case Verb.RemoveHandle:
                Forget();
                return table.Remove(entry.Handle) == known;

            default:
                return !old.TryGetValue(command.Key, out FlowHandle stale) || (!table.IsLive(stale) && !table.Remove(stale));
        }

        void Forget()
        {
            if (known)
            {
                old[command.Key] = entry.Handle;
                model.Remove(command.Key);
            }
        }
    }

    private static bool AllFound(FlowTable<ulong, ulong> table, Dictionary<ulong, (FlowHandle Handle, ulong Value)> model)
    {
        ulong[] keys = [.. Enumerable.Range(0, Keys).Select(key => (ulong)key)];
        var handles = new FlowHandle[Keys];
        table.Find(keys, handles);
        return table.Count == model.Count && keys.All(key => model.TryGetValue(key, out var entry) ? handles[key] == entry.Handle : handles[key].IsNone);
    }

    private sealed record Command(Verb Verb, ulong Key);
}
