using System.Text;
using Weft.Conformance.Support;
using Weft.Host.Datapath.Keeping;
using Weft.Host.Observe;
using static Weft.Conformance.HostTests.TestPlans;

namespace Weft.Conformance.HostTests;

/// <summary>The file that carries state from one run to the next: used once, whole, and of its own version, or not at all.</summary>
[Trait(Kind.Key, Kind.Hostile)]
public sealed class StateFileTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("weft-state-").FullName;

    private string File0 => Path.Combine(_folder, "state");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_was_written_is_read_once()
    {
        SwitchSnapshot state = State();
        StateFile.Write(File0, state, Noon);
        SwitchSnapshot? read = StateFile.Take(File0, Noon + TimeSpan.FromSeconds(7), MaxAge, out TimeSpan age, out string? problem);
        Assert.Null(problem);
        Assert.Equal(TimeSpan.FromSeconds(7), age);
        Assert.Equal(SnapshotJson.Serialize(state), SnapshotJson.Serialize(read!));
        Assert.Null(StateFile.Take(File0, Noon, MaxAge, out _, out problem));
        Assert.Null(problem);
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Fact]
    public void It_is_its_owners_alone()
    {
        StateFile.Write(File0, State(), Noon);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(File0));
        }
    }

    [Fact]
    public void A_crash_while_it_is_written_leaves_the_one_before()
    {
        StateFile.Write(File0, State(), Noon);
        File.WriteAllText(File0 + ".new", "weft-state 1 half");
        Assert.NotNull(StateFile.Take(File0, Noon, MaxAge, out _, out _));
        StateFile.Write(File0, State(), Noon);
        Assert.NotNull(StateFile.Take(File0, Noon, MaxAge, out _, out _));
    }

    [Theory]
    [InlineData(61, "61 seconds old")]
    [InlineData(86_400, "86400 seconds old")]
    [InlineData(-5, "written in the future")]
    public void An_old_one_is_refused(int seconds, string words)
    {
        StateFile.Write(File0, State(), Noon);
        Assert.Null(StateFile.Take(File0, Noon + TimeSpan.FromSeconds(seconds), MaxAge, out _, out string? problem));
        Assert.Contains(words, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void One_of_another_version_is_refused_by_its_number()
    {
        StateFile.Write(File0, State(), Noon);
        byte[] bytes = File.ReadAllBytes(File0);
        bytes["weft-state ".Length] = (byte)'2';
        Assert.Null(StateFile.Read(bytes, Noon, MaxAge, out _, out string? problem));
        Assert.Equal("its format is version 2; this program knows version 1", problem);
    }

    [Fact]
    public void One_that_is_cut_anywhere_or_has_a_flipped_bit_is_refused()
    {
        StateFile.Write(File0, State(), Noon);
        byte[] whole = File.ReadAllBytes(File0);
        for (int length = 0; length < whole.Length; length += length < 200 ? 1 : 53)
        {
            Assert.Null(StateFile.Read(whole.AsSpan(0, length), Noon, MaxAge, out _, out string? problem));
            Assert.NotNull(problem);
        }

        int end = whole.AsSpan().IndexOf((byte)'\n');
        for (int bit = 0; bit < whole.Length * 8; bit += bit < end * 8 ? 1 : 331)
        {
            byte[] hurt = [.. whole];
            hurt[bit / 8] ^= (byte)(1 << (bit % 8));
            SwitchSnapshot? read = StateFile.Read(hurt, Noon, MaxAge, out _, out string? problem);
            // In the first line only the time can change unseen, and then the age decides.
            Assert.True(read is null == problem is not null);
            Assert.True(read is null || bit < end * 8, $"bit {bit}");
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("weft-state\n")]
    [InlineData("weft-state 1\n")]
    [InlineData("weft-state 1 99999999999999999999 0 x\n")]
    [InlineData("weft-state 1 9223372036854775807 4 37268335dd6931045bdcdf92623ff819a64244b53d0e746d438797349d4da578\nnull")]
    public void Garbage_is_refused_with_words(string text)
    {
        Assert.Null(StateFile.Read(Encoding.ASCII.GetBytes(text), Noon, MaxAge, out _, out string? problem));
        Assert.NotNull(problem);
    }

    [Theory]
    [InlineData(1e300)]
    [InlineData(-1e300)]
    [InlineData(6e9)]
    public void A_time_that_no_clock_could_count_is_refused_by_name(double seconds)
    {
        SwitchSnapshot state = State();
        StateFile.Write(File0, state with { Fdb = [.. state.Fdb.Select(entry => entry with { AgeSeconds = seconds })] }, Noon);
        Assert.Null(StateFile.Take(File0, Noon, MaxAge, out _, out string? problem));
        Assert.Contains("ageSeconds", problem, StringComparison.Ordinal);
    }

    private static SwitchSnapshot State()
    {
        using var rig = new SwitchRig(Resolved());
        rig.Pass(Web1, TestFrames.Plain(TestFrames.B, TestFrames.A));
        return rig.Switch.Snapshot();
    }
}
