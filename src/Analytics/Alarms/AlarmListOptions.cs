using Weft.Packets;

namespace Weft.Analytics;

/// <summary>How many alarms an <see cref="AlarmList"/> holds and how often it speaks.</summary>
public sealed record AlarmListOptions
{
    /// <summary>Alarms, cleared ones included, 1 to 16,777,216.</summary>
    public int Capacity { get; init; } = 4_096;

    /// <summary>Notifications that wait to be taken, 1 to 16,777,216. Beyond them new ones are lost and counted.</summary>
    public int Notifications { get; init; } = 4_096;

    /// <summary>People are told of an alarm that flaps at most this often, except when it becomes worse; at least 0, 5 minutes by default.</summary>
    public TimeSpan MinInterval { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>An alarm that keeps being raised is repeated to people this often; above 0, 4 hours by default.</summary>
    public TimeSpan RepeatInterval { get; init; } = TimeSpan.FromHours(4);

    /// <summary>How long a cleared alarm is remembered; at least 0, a day by default.</summary>
    public TimeSpan RetainCleared { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Secret of the list's hash.</summary>
    public required HashSeed Seed { get; init; }

    internal void Validate()
    {
        Require(Capacity is >= 1 and <= 1 << 24, nameof(Capacity), Capacity, "1 to 16777216");
        Require(Notifications is >= 1 and <= 1 << 24, nameof(Notifications), Notifications, "1 to 16777216");
        Require(MinInterval >= TimeSpan.Zero, nameof(MinInterval), MinInterval, "0 or more");
        Require(RepeatInterval > TimeSpan.Zero, nameof(RepeatInterval), RepeatInterval, "more than 0");
        Require(RetainCleared >= TimeSpan.Zero, nameof(RetainCleared), RetainCleared, "0 or more");
    }

    private static void Require(bool holds, string name, object value, string range)
    {
        if (!holds)
        {
            throw new ArgumentException($"{name} is {value}; the allowed range is {range}.");
        }
    }
}
