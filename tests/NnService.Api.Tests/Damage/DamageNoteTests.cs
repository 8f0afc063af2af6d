using Microsoft.Extensions.Logging.Abstractions;

namespace NnService.Api.Tests.Damage;

/// <summary>What is noted to be damaged, and about what.</summary>
public sealed class DamageNoteTests
{
    [Fact]
    public void The_last_failure_of_something_stands_for_those_before_it()
    {
        var damage = new Errors.Damage(NullLogger<Errors.Damage>.Instance);
        damage.Note("Another thing is damaged.", "another");

        damage.Replace("It cannot be reached.", "it");
        damage.Replace("It refuses.", "it");

        Assert.Equal(["Another thing is damaged.", "It refuses."], damage.Found);
        damage.Deleted("it");
        Assert.Equal(["Another thing is damaged."], damage.Found);
    }
}
