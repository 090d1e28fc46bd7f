using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Packets;

namespace Weft.Conformance.MulticastTests;

/// <summary>Random records and waits, beside a transcription of RFC 3376 sections 6.3 to 6.5 with sets and deadlines.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class FilterModelTests
{
    private const string Group = "239.10.10.10";
    private const double Interval = 260;

    private readonly record struct Step(int Type, int Sources, int Wait);

    [Fact]
    public void Rfc3376_Section6_4_Any_sequence_of_records_leads_where_the_tables_lead()
    {
        Gen<Step> step =
            from type in Gen.Choose(1, 6)
            from sources in Gen.Choose(0, 31)
            from wait in Gen.Choose(0, 5)
            select new Step(type, sources, wait);
        Prop.ForAll(step.ArrayOf().ToArbitrary(), Agrees).Check(Chance.Of(1000));
    }

    private static bool Agrees(Step[] walk)
    {
        using var bed = new SnooperTestBed();
        var model = new Router();
        foreach (Step step in walk)
        {
            bed.Wait(new double[] { 0, 1, 30, 100, 150, 259 }[step.Wait]);
            model.Expire(bed.Now);
            int[] sources = [.. Enumerable.Range(1, 5).Where(source => (step.Sources >> (source - 1) & 1) != 0)];
            _ = bed.Send(0, ControlFrames.ReportV3((GroupRecordType)step.Type, Group, 1, [.. sources.Select(source => $"10.0.0.{source}")]));
            model.Apply((GroupRecordType)step.Type, sources, bed.Now);
            Assert.Equal(model.ToString(), bed.State(Group));
        }

        return true;
    }

    /// <summary>One group on one port: a deadline for each source of A or X, none for those of Y.</summary>
    private sealed class Router
    {
        private readonly SortedDictionary<int, double> _wanted = [];
        private readonly SortedSet<int> _blocked = [];
        private double? _group;

        public void Expire(double now)
        {
            // In the order of time: what a source's end does depends on whether the group's timer ended before.
            while (true)
            {
                double first = Math.Min(_wanted.Values.DefaultIfEmpty(double.MaxValue).Min(), _group ?? double.MaxValue);
                if (first > now)
                {
                    return;
                }

                if (_group == first)
                {
                    _group = null;
                    _blocked.Clear();
                }

                foreach (int source in _wanted.Where(one => one.Value == first).Select(one => one.Key).ToArray())
                {
                    _ = _wanted.Remove(source);
                    _ = _group is not null && _blocked.Add(source);
                }
            }
        }

        public void Apply(GroupRecordType type, int[] listed, double now)
        {
            double renewed = now + Interval;
            switch (type)
            {
                case GroupRecordType.ModeIsInclude or GroupRecordType.AllowNewSources or GroupRecordType.ChangeToInclude:
                    foreach (int source in listed)
                    {
                        _ = _blocked.Remove(source);
                        _wanted[source] = renewed;
                    }

                    break;
                case GroupRecordType.BlockOldSources when _group is double timer:
                    foreach (int source in listed.Where(one => !_blocked.Contains(one) && !_wanted.ContainsKey(one)))
                    {
                        _wanted[source] = timer;
                    }

                    break;
                case GroupRecordType.ModeIsExclude or GroupRecordType.ChangeToExclude:
                    foreach (int source in listed.Where(one => !_blocked.Contains(one) && !_wanted.ContainsKey(one)))
                    {
                        if (_group is null)
                        {
                            _ = _blocked.Add(source);
                        }
                        else
                        {
                            _wanted[source] = type == GroupRecordType.ModeIsExclude ? renewed : _group.Value;
                        }
                    }

                    foreach (int source in _wanted.Keys.Except(listed).ToArray())
                    {
                        _ = _wanted.Remove(source);
                    }

                    _blocked.IntersectWith(listed);
                    _group = renewed;
                    break;
                default:
                    break;
            }
        }

        public override string ToString() => _group is null && _wanted.Count == 0
            ? ""
            : $"{(_group is null ? "INCLUDE" : "EXCLUDE")} X{{{string.Join(',', _wanted.Keys)}}} Y{{{string.Join(',', _blocked)}}}";
    }
}
